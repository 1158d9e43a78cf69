"""``steward report``: on the screen, in a file, for programs, and to people."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from agent.clock import SetClock
from agent.config import load
from agent.model.proposal import Run
from agent.wiring import rounds_of
from tests.office import CONFIG, Office

_CHANNEL = """
[notify.channels.team]
kind = "slack"
url = "https://hooks.slack.com/services/T0/B0/x"
language = "zh"
"""


@pytest.fixture
def office(office: Office) -> Office:
    office.write(CONFIG + _CHANNEL)
    return office


def test_an_account_without_figures_says_so_in_every_form(office: Office) -> None:
    told = office.steward("report", "daily")
    assert told.code == 0
    assert "Daily report · north" in told.out and "Sales: no figures have ever come in." in told.out
    assert "周复盘 · north" in office.steward("report", "weekly", "--language", "zh").out
    (found,) = office.steward("report", "weekly", "--json").json["reports"]
    assert (found["period"], found["sales"], found["currency"]) == ("weekly", None, "EUR")


def test_a_file_is_written_in_the_form_that_its_name_says(office: Office) -> None:
    for name, begins in (
        ("r.html", "<!doctype html>"),
        ("r.json", '{"schema": "steward.reports/1"'),
        ("r.txt", "Daily"),
    ):
        assert office.steward("report", "daily", "-o", str(office.folder / name)).code == 0
        assert (office.folder / name).read_text(encoding="utf-8").startswith(begins)
    assert json.loads((office.folder / "r.json").read_text(encoding="utf-8"))["reports"][0]["account"] == "north"
    refused = office.steward("report", "daily", "--out", str(office.folder / "no" / "r.txt"))
    assert refused.code == 2 and "cannot be written" in refused.err


def test_it_is_sent_as_often_as_somebody_asks_in_the_reader_s_language(office: Office) -> None:
    told = office.steward("report", "daily", "--send")
    assert told.code == 0 and "1 messages wait in the outbox" in told.err
    with office.ledger() as ledger:
        (posted,) = ledger.outbox.log("team")
    assert posted.message.title.startswith("日报 · north")
    office.write(CONFIG)
    assert office.steward("report", "daily", "--send").code == 2


def test_a_day_that_has_not_come_and_what_is_no_day_are_refused(office: Office) -> None:
    for day in ("2999-01-01", "yesterday"):
        told = office.steward("report", "daily", "--day", day)
        assert told.code == 2
        assert "has not come yet" in told.err or "is no time" in told.err
    assert "Sales" in office.steward("report", "daily", "--day", "2026-03-18").out


def test_the_daemon_s_job_makes_and_posts_what_is_due_as_configured(office: Office) -> None:
    now = datetime(2026, 3, 16, 12, tzinfo=UTC)
    config = load(office.config, variables={})
    with office.ledger() as ledger:
        job = rounds_of(config, ledger, SetClock(now), ["north"])
        assert job() == 0, "nobody has judged the account yet"
        run = Run("r_1", "judge", "north", now - timedelta(days=1))
        ledger.begin(run)
        assert [job(), job()] == [2, 0]
        titles = {posted.message.title for posted in ledger.outbox.log("team")}
    assert titles == {"日报 · north · 2026-03-16 周一", "周复盘 · north · 2026-03-16 周一"}
