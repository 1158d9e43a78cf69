"""What people were told, for the screens about it: messages that were sent, refused and wait, and a silence."""

from __future__ import annotations

from datetime import timedelta

from agent.clock import SetClock
from agent.mint import mint
from agent.model.message import Delivery, Told
from agent.model.notice import Silence
from agent.notify.setup import office_of
from tests.page_shop import Shop


def told(shop: Shop) -> None:
    """Add it to a furnished shop."""
    with shop.ledger() as ledger:
        outbox, now = ledger.outbox, shop.now
        office = office_of(shop.config, ledger, SetClock(now), mint, lambda rule: "", hurried=True)
        office.read()
        office.flush()
        answers = (
            Delivery(Told.OK, code="200", detail="ok"),
            Delivery(Told.RETRY, code="503", detail="upstream connect error"),
        )
        for posted, answer in zip(outbox.log(), answers, strict=False):
            again = None if answer.told is Told.OK else now + timedelta(minutes=5)
            outbox.told(posted, answer, now - timedelta(minutes=5), again)
        reason = "launch week: bids move all day"
        outbox.silence(Silence("si_7F3KQ2M9XA", {"rule": "ads/*", "account": "eu-main"}, now - timedelta(hours=1),
                               now + timedelta(days=7), "ann", reason))  # fmt: skip
        older = Silence(
            "si_OLD", {"title": "*HUB-4*"}, now - timedelta(days=3), now - timedelta(days=1), "bob", "known"
        )
        outbox.silence(older)
