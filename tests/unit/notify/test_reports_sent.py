"""Reports go to each reader once, in their language, by their clock: whole by mail, as a summary to a chat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from agent.clock import SetClock, SystemClock
from agent.config.notify import Channel, Mail, Notify, Person, Reports
from agent.errors import FactsError
from agent.jobs.issue import Rounds, dues_of
from agent.ledger import SqlLedger
from agent.model.report import Period, Report
from agent.notify.compose import Composer
from agent.notify.grouping import AT_ONCE
from agent.notify.office import Desk, Office
from agent.notify.opening import opened
from agent.notify.routes import Directory
from agent.outbound import GuardedDoor
from agent.shown.report.message import message
from tests.mail_receiver import PASSWORD, USER, MailReceiver, mail_receiver
from tests.receiver import Receiver
from tests.report_shop import furnished, made, worked

_TUESDAY = datetime(2026, 3, 17, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_PAGE = "https://steward.example.com"


@dataclass
class _House:
    """A shop with two readers: Ada by mail, in Chinese and in Shanghai; a team by WeCom, in English and in Berlin."""

    ledger: SqlLedger
    reports: dict[Period, Report]
    mail: MailReceiver
    chat: Receiver
    given: Reports = field(default_factory=Reports)
    broken: bool = False
    made: int = 0

    def __post_init__(self) -> None:
        post = Mail(server="localhost", port=self.mail.port, user=USER, sender="Steward <steward@shop.example>",
                    recipients=("ada@shop.example",))  # fmt: skip
        channels = {
            "ada": Channel(kind="mail", person="ada", secret=SecretStr(PASSWORD), mail=post),
            "team": Channel(kind="wecom", plain=True, url=SecretStr(self.chat.url("wecom")), allow_private=True),
        }
        self.notify = Notify(channels=channels, people={"ada": Person(language="zh", time_zone="Asia/Shanghai")},
                             time_zone="Europe/Berlin", reports=self.given)  # fmt: skip
        self.directory = Directory(self.notify, "en")
        self.restart()

    def restart(self) -> None:
        self.rounds = Rounds(dues_of(self.given), ["north"], ["ada", "team"], self._make, message, _PAGE)

    def _make(self, account: str, period: Period, at: datetime) -> Report:
        if self.broken:
            raise FactsError("the facts cannot be read", account=account, stream="sku_sales", hint="restore them")
        self.made += 1
        return self.reports[period]

    def pass_(self, now: datetime) -> int:
        return self.rounds(self.ledger, self.directory, now)

    def deliver(self, now: datetime) -> None:
        composer = Composer(_PAGE, lambda _: "", lambda _: [])
        office = Office(Desk(self.ledger.outbox, self.directory, composer, SetClock(now), lambda _: "n_1", AT_ONCE))
        door = GuardedDoor()
        for name, channel in self.notify.channels.items():
            ca_file = self.mail.ca_file if name == "ada" else ""
            office.deliver(name, opened(name, channel, ca_file, door, SystemClock()))
        door.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[Period, Report]:
    folder = tmp_path_factory.mktemp("shop")
    ledger, book = SqlLedger.open(f"sqlite:///{folder / 'steward.db'}"), furnished(folder)
    worked(ledger)
    found = {period: made(period, book, ledger) for period in Period}
    ledger.close()
    return found


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailReceiver]:
    with mail_receiver(tmp_path_factory.mktemp("mail")) as receiver:
        yield receiver


@pytest.fixture
def house(tmp_path: Path, reports: dict[Period, Report], mailbox: MailReceiver, receiver: Receiver) -> Iterator[_House]:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'steward.db'}")
    worked(ledger)
    mailbox.letters.clear()
    yield _House(ledger, reports, mailbox, receiver)
    ledger.close()


def test_each_reader_gets_the_daily_report_once_at_their_own_time_and_in_their_language(house: _House) -> None:
    # 08:15 is 00:15 UTC in Shanghai and 07:15 UTC in Berlin; some seconds later, since many programs send then.
    morning = _TUESDAY + timedelta(days=2)
    assert house.pass_(morning - _HOUR) == 1, "Berlin's of the day before, late"
    assert house.pass_(morning + timedelta(minutes=14)) == 0
    assert house.pass_(morning + timedelta(minutes=17)) == 1
    assert house.pass_(morning + timedelta(minutes=18)) == 0
    assert house.pass_(morning + 7 * _HOUR + timedelta(minutes=17)) == 1
    house.restart()
    assert [house.pass_(morning + hours * _HOUR) for hours in (8, 12, 20)] == [0, 0, 0]
    assert house.made == 3
    house.deliver(morning + 8 * _HOUR)
    (letter,), (told, _) = house.mail.letters, house.chat.received
    assert letter["Subject"] == "日报 · north · 2026-03-18 周三"
    plain, document = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None and document is not None
    assert plain.get_content().startswith("日报 · north") and "== 库存 ==" in plain.get_content()
    assert "17:30 +0800" in plain.get_content(), "times are those of the reader's zone"
    assert _PAGE in document.get_content() and "<svg" in document.get_content()
    (file,) = letter.iter_attachments()
    assert file.get_filename() == "daily-north-2026-03-18.html"
    assert "Daily report · north · 2026-03-18 Wed" in told.text
    assert "Sales Mar 17: €412" in told.text and len(told.text.encode()) < 2_048


def test_the_weekly_review_comes_on_its_day_alone(house: _House) -> None:
    monday = _TUESDAY + timedelta(days=6)
    assert house.pass_(monday + 12 * _HOUR) == 4
    assert [posted.message.title for posted in house.ledger.outbox.log("team")] == [
        "Daily report · north · 2026-03-18 Wed", "Weekly review · north · 2026-03-18 Wed"
    ]  # fmt: skip
    assert house.pass_(monday + 36 * _HOUR) == 2, "on Tuesday the daily one alone"


def test_a_program_that_was_not_running_sends_it_late_but_not_the_next_day(house: _House) -> None:
    due = _TUESDAY + timedelta(days=2, hours=7, minutes=15)
    assert house.pass_(due + 19 * _HOUR) == 2
    house = _House(house.ledger, house.reports, house.mail, house.chat, Reports(daily_at="", weekly_at="08:45"))
    assert house.pass_(_TUESDAY + timedelta(days=8)) == 0


def test_who_is_not_named_gets_none_and_a_report_without_a_time_is_not_sent(house: _House) -> None:
    silent = _House(house.ledger, house.reports, house.mail, house.chat, Reports(daily_at="", weekly_at=""))
    assert silent.pass_(_TUESDAY + timedelta(days=6, hours=12)) == 0
    assert silent.made == 0


def test_a_report_that_cannot_be_made_is_tried_again_a_while_later(house: _House) -> None:
    noon = _TUESDAY + timedelta(days=2, hours=12)
    house.broken = True
    assert house.pass_(noon) == 0
    house.broken = False
    assert house.pass_(noon + timedelta(minutes=1)) == 0
    assert house.pass_(noon + timedelta(minutes=16)) == 2


def test_an_account_that_nobody_has_judged_yet_gets_no_report(tmp_path: Path, house: _House) -> None:
    ledger = SqlLedger.open(f"sqlite:///{tmp_path / 'new.db'}")
    new = _House(ledger, house.reports, house.mail, house.chat)
    assert new.pass_(_TUESDAY + timedelta(days=2, hours=12)) == 0
    ledger.close()
