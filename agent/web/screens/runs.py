"""Runs and coverage: what came in and what is missing; what Steward did, pass by pass, and how active rules were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.responses import Response

from agent.errors import FactsError
from agent.language import _, noted
from agent.model.proposal import Run
from agent.model.window import Span
from agent.web.asking import Ask
from agent.web.coverage import DAYS, coverage_of, strip
from agent.web.paging import PAGE_ROWS

_JUDGINGS = 400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
JOBS: Mapping[str, str] = {
    "take_in": noted("files taken in"), "pull": noted("data pulled"), "look": noted("promised reports looked for"),
    "derive": noted("worked out"), "judge": noted("rules judged"), "act": noted("changes sent"),
    "settle": noted("changes read back"), "expire": noted("proposals expired"), "watch": noted("watched for silence"),
    "undo": noted("changes taken back"), "compact": noted("facts tidied up"), "tell": noted("people told"),
    "reread": noted("read back after a restore"), "regret": noted("changes looked back at"),
}  # fmt: skip
COUNTS: Mapping[str, str] = {
    "booked": noted("booked"), "waiting": noted("waiting"), "resting": noted("resting"), "failed": noted("failed"),
    "rows": noted("rows"), "increments": noted("of them new"), "entities": noted("things"),
    "matched": noted("matched"), "unknown": noted("unknown"), "proposals": noted("proposed"), "told": noted("told"),
    "alerts": noted("alerts"), "expired": noted("expired"), "done": noted("done"), "silent": noted("silent"),
    "held": noted("held"), "refused": noted("refused"), "accepted": noted("accepted"), "verdicts": noted("verdicts"),
}  # fmt: skip
_QUIET = frozenset({"verdicts"})


def coverage(ask: Ask) -> Response:
    """``account``: only its streams."""
    accounts, broken, found = list(ask.desk.config.accounts), [], []
    for account in accounts:
        try:
            found += coverage_of(ask.desk, account)
        except FactsError as fault:
            broken.append(fault.message)
    account, only = ask.query("account"), ask.query("only") == "1"
    chosen = [each for each in found if (not account or each.account == account)
              and (not only or each.missing or not each.fresh)]  # fmt: skip
    counted = Counter(each.account for each in found)
    return ask.page(
        "coverage.html", found=chosen, strip=strip, broken=broken, account=account, only=only, days=DAYS,
        accounts=sorted(counted.items()), stale=sum(not each.fresh for each in found),
        holes=sum(bool(each.missing) for each in found), now=ask.desk.clock.now(), total=len(found),
    )  # fmt: skip


def show(ask: Ask) -> Response:
    """What ran, the newest first; ``before``: behind which run the page begins."""
    job, account = ask.query("job"), ask.query("account")
    found = ask.desk.ledger.pages.runs(job or None, account or None, _place(ask.query("before")), PAGE_ROWS + 1)
    rows = found[:PAGE_ROWS]
    return ask.page(
        "runs.html", runs=rows, job=job, account=account, jobs=JOBS, job_word=job_word, counts_of=counts_of,
        accounts=list(ask.desk.config.accounts), later=bool(ask.query("before")),
        older=_cursor(rows[-1]) if len(found) > PAGE_ROWS else "", chart=_activity(ask, account),
    )  # fmt: skip


def job_word(job: str) -> str:
    """What people call a job."""
    return _(JOBS.get(job, job.replace("_", " ")))


def counts_of(run: Run) -> list[tuple[str, int]]:
    """What came of a run that is worth being told."""
    return [(_(COUNTS.get(name, name.replace("_", " "))), count) for name, count in run.counts.items()
            if count and name not in _QUIET]  # fmt: skip


def _activity(ask: Ask, account: str) -> dict[str, Any] | None:
    """How many matches, proposals and alerts the judgings of each day came to; None where nothing was judged."""
    runs = ask.desk.ledger.runs(_JUDGINGS, "judge", account or None)
    today = ask.desk.clock.now().date()
    span = Span(today - timedelta(days=DAYS - 1), today)
    by_day = {day: [run for run in runs if run.started.date() == day] for day in span}
    if not any(by_day.values()):
        return None
    # A thing that goes on matching is counted anew by every judging: the last of the day tells how many there were.
    lines = [
        {"label": _("matched, last judging of the day"), "unit": "number",
         "values": [_last(some, "matched") for some in by_day.values()]},
        {"label": _("newly proposed"), "unit": "number",
         "values": [_sum(some, "proposals") for some in by_day.values()]},
        {"label": _("new alerts"), "unit": "number", "values": [_sum(some, "alerts") for some in by_day.values()]},
    ]  # fmt: skip
    return {"days": [day.isoformat() for day in span], "lines": lines, "marks": [], "currency": ""}


def _last(runs: Sequence[Run], name: str) -> int | None:
    """Of every account the newest judging of a day (runs come newest first), summed up; None where there was none."""
    newest: dict[str, int] = {}
    for run in runs:
        if name in run.counts:
            newest.setdefault(run.account, run.counts[name])
    return sum(newest.values()) if newest else None


def _sum(runs: Sequence[Run], name: str) -> int | None:
    return sum(run.counts.get(name, 0) for run in runs) if runs else None


def _cursor(run: Run) -> str:
    return f"{(run.started - _EPOCH) // timedelta(microseconds=1)}.{run.id}"


def _place(text: str) -> tuple[datetime, str] | None:
    """The inverse; whatever is no place is the beginning."""
    micros, _dot, id = text.partition(".")
    if not (micros.isascii() and micros.isdigit() and len(micros) < 17 and id):
        return None
    return _EPOCH + timedelta(microseconds=int(micros)), id
