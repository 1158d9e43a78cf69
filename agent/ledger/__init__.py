"""The SQL audit log: what was concluded, asked, told and done. Imports SQLAlchemy, so import it where it is used."""

from agent.ledger.chain import Event, Head
from agent.ledger.copying import fill_database, is_empty_database
from agent.ledger.lock import Holder
from agent.ledger.reading import Decided
from agent.ledger.restoring import Restored
from agent.ledger.runs import PendingPull
from agent.ledger.sql_ledger import SqlLedger
from agent.ledger.switches import Stop
from agent.ledger.verify import Verification

__all__ = [
    "Decided",
    "Event",
    "Head",
    "Holder",
    "PendingPull",
    "Restored",
    "SqlLedger",
    "Stop",
    "Verification",
    "fill_database",
    "is_empty_database",
]
