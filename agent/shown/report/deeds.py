"""What was done and what waits: changes, rules, alerts and tickets, in words."""

from __future__ import annotations

from agent.language import _, moment, ngettext, noted, percent
from agent.model.report import RECORD_DAYS, Failure, OpenAlerts, Period, Report, RuleWeek, ToDo, Waiting, Work
from agent.model.rule import Severity
from agent.shown.report.sheet import Block, Figure, Part, Row, Tone, first
from agent.shown.report.words import amount, count, name, rule_words, said

_WAITING, _FAILURES, _TASKS = 5, 5, {Period.DAILY: 8, Period.WEEKLY: 10}
_RULES, _ALERTING = 10, 6
_ALERTS = {Period.DAILY: 8, Period.WEEKLY: 10}
_URGENT = Severity.S1
_WORDS = {
    Severity.S1: noted("At once"), Severity.S2: noted("The same day"), Severity.S3: noted("This week"),
    Severity.S4: noted("For the record"),
}  # fmt: skip


def work_part(report: Report) -> Part:
    work = report.work
    figures = (
        Figure(_("Done"), count(work.done)),
        Figure(_("Wait for a decision"), count(work.to_decide)),
        Figure(_("Refused by Amazon"), count(work.failed), tone=_bad(work.failed)),
        Figure(_("In doubt"), count(work.doubtful), tone=_bad(work.doubtful)),
    )
    counts = _("Proposed {proposed} · held back {held} · approved {approved} · rejected {rejected} · expired {expired}")
    notes = [counts.format(proposed=count(work.proposed), held=count(work.held), approved=count(work.approved),
                           rejected=count(work.rejected), expired=count(work.expired))]  # fmt: skip
    if work.dry_run:
        notes.append(_("Dry run: nothing is sent."))
    if work.stopped_because is not None:
        notes.append(_("Everything is stopped: {why}").format(why=said(work.stopped_because) or "–"))
    blocks = [Block(figures=figures, notes=tuple(notes))]
    rows, more = first(tuple(_waiting(each, report.currency) for each in work.waiting), _WAITING)
    if rows:
        blocks.append(Block(_("Waiting for a decision"), rows=rows, more=more))
    rows, more = first(tuple(map(_failure, work.failures)), _FAILURES)
    if rows:
        blocks.append(Block(_("Refused or in doubt"), rows=rows, more=more))
    return Part(_("Changes"), tuple(blocks), _since(report.period))


def work_line(work: Work) -> str:
    text = _("Changes: {done} done, {wait} to decide, {failed} refused, {doubt} in doubt.")
    return text.format(done=count(work.done), wait=count(work.to_decide), failed=count(work.failed),
                       doubt=count(work.doubtful))  # fmt: skip


def _since(period: Period) -> str:
    return _("In the last 24 hours") if period is Period.DAILY else _("In the last 7 days")


def _waiting(each: Waiting, currency: str) -> Row:
    cost = amount(each.cost, currency) if each.cost else _("nothing")
    if each.unpriced:
        more = ngettext("{count} without a figure", "{count} without a figure", each.unpriced)
        more = more.format(count=each.unpriced)
        cost = f"{cost} + {more}" if each.cost else more
    cells = (Figure(_("how many"), count(each.count)), Figure(_("may cost more"), cost))
    return Row(rule_words(each.rule, each.about), cells, each.rule)


def _failure(each: Failure) -> Row:
    state = Figure(_("state"), _("in doubt") if each.doubtful else _("Refused by Amazon"), tone=Tone.BAD)
    return Row(name(each.title), (state,), " · ".join(part for part in (each.rule, said(each.why)) if part))


def rules_part(report: Report) -> Part:
    acted = tuple(each for each in report.rules if each.proposed or each.approved or each.done or each.failed)
    told = tuple(sorted((each for each in report.rules if each.alerts), key=lambda each: (-each.alerts, each.rule)))
    blocks = []
    rows, more = first(tuple(map(_record, acted)), _RULES)
    if rows:
        blocks.append(Block(rows=rows, more=more))
    rows, more = first(
        tuple(Row(rule_words(each.rule, each.about), (Figure(_("alerts"), count(each.alerts)),)) for each in told),
        _ALERTING,
    )
    if rows:
        blocks.append(Block(_("Alerts that were opened"), rows=rows, more=more))
    judged, quiet = sum(each.judged for each in report.rules), _quiet(report.rules)
    note = _("{judged} of {count} rules were judged; {quiet} of them matched nothing new.")
    blocks.append(Block(notes=(note.format(judged=judged, count=len(report.rules), quiet=quiet),)))
    return Part(_("What the rules did"), tuple(blocks))


def _quiet(rules: tuple[RuleWeek, ...]) -> int:
    return sum(each.judged and not (each.proposed or each.alerts) for each in rules)


def _record(each: RuleWeek) -> Row:
    says = [each.rule]
    for text, figure in ((_("rejected {count}"), each.rejected), (_("expired {count}"), each.expired),
                         (_("refused {count}"), each.failed)):  # fmt: skip
        if figure:
            says.append(text.format(count=count(figure)))
    if each.record is not None and each.record.acceptance is not None:
        text = _("in {days} days accepted {share} of {count}")
        says.append(text.format(days=RECORD_DAYS, share=percent(each.record.acceptance), count=each.record.decided))
    if each.record is not None and each.record.undone:
        says.append(_("taken back {count}").format(count=count(each.record.undone)))
    if each.by_itself:
        says.append(_("goes on without being asked"))
    cells = (Figure(_("were proposed"), count(each.proposed)), Figure(_("approved"), count(each.approved)),
             Figure(_("done"), count(each.done)))  # fmt: skip
    return Row(rule_words(each.rule, each.about), cells, " · ".join(says))


def tasks_part(report: Report, zone: str) -> Part:
    overdue = sum(each.overdue for each in report.todo)
    figures = (
        Figure(_("Open tasks"), count(len(report.todo))),
        Figure(_("Overdue"), count(overdue), tone=_bad(overdue)),
        Figure(_("Finished"), count(report.finished)),
    )
    rows, more = first(tuple(_task(each, zone) for each in report.todo), _TASKS[report.period])
    return Part(_("Tasks for people"), (Block(figures=figures, rows=rows, more=more),))


def _task(each: ToDo, zone: str) -> Row:
    due = Figure(_("due"), moment(each.due_at, zone), tone=Tone.BAD if each.overdue else Tone.PLAIN)
    says = [name(each.title), f"@{name(each.owner)}" if each.owner else _("nobody's")]
    return Row(said(each.text), (due,), " · ".join(part for part in says if part))


def alerts_part(report: Report) -> Part:
    counts = {severity: sum(each.count for each in report.standing if each.severity is severity)
              for severity in Severity}  # fmt: skip
    figures = tuple(Figure(_(_WORDS[severity]), count(many), tone=_bad(severity is _URGENT))
                    for severity, many in counts.items() if many)  # fmt: skip
    rows, more = first(tuple(map(_standing, report.standing)), _ALERTS[report.period])
    notes = () if rows else (_("No alert is open."),)
    return Part(_("Open alerts"), (Block(figures=figures, rows=rows, more=more, notes=notes),))


def alerts_line(report: Report) -> str:
    open_ = sum(each.count for each in report.standing)
    urgent = sum(each.count for each in report.standing if each.severity is _URGENT)
    overdue = sum(each.overdue for each in report.todo)
    text = _("Alerts: {open} open, {urgent} of them urgent. Tasks: {tasks} open, {overdue} overdue.")
    return text.format(open=count(open_), urgent=count(urgent), tasks=count(len(report.todo)), overdue=count(overdue))


def _standing(each: OpenAlerts) -> Row:
    titles = [name(title) for title in each.titles]
    if each.count > len(titles):
        titles.append(f"+{each.count - len(titles)}")
    cells = (Figure(_("open alerts"), count(each.count)), Figure(_("of them new"), count(each.fresh)))
    return Row(rule_words(each.rule, each.about), cells, "; ".join(titles))


def _bad(value: float | None) -> Tone:
    return Tone.BAD if value else Tone.PLAIN
