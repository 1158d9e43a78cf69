"""Stock, account health and what is known at all, in words."""

from __future__ import annotations

from agent.language import _, day, moment, ngettext, noted, percent
from agent.model.report import Coverage, Health, Period, Report, Stock, StockRow
from agent.shown.report.sheet import Block, Figure, Part, Row, Tone, first
from agent.shown.report.words import count, name, unknown

_ROWS = {Period.DAILY: 6, Period.WEEKLY: 10}
_STATUS = {
    "normal": noted("healthy"), "warning": noted("warning"), "at_risk": noted("at risk"),
    "deactivated": noted("deactivated"),
}  # fmt: skip
_NAMED = 6


def stock_part(report: Report, zone: str) -> Part:
    stock = report.stock
    if stock is None:
        return Part(_("Stock"), (Block(notes=(_("No stock figures have ever come in."),)),))
    figures = (
        Figure(_("Out of stock"), count(stock.out), tone=_bad(stock.out)),
        Figure(_("Run out before the next arrival"), count(stock.gaps), tone=_bad(stock.gaps)),
        Figure(_("Orders due"), count(stock.due)),
        Figure(_("Units over 180 days old"), count(stock.aged)),
    )
    notes = (_("These figures are older than they should be."),) if stock.stale else ()
    rows, more = first(tuple(map(_stock_row, stock.rows)), _ROWS[report.period])
    blocks = [Block(figures=figures, notes=notes)]
    if rows:
        blocks.append(Block(_("What to look at"), rows=rows, more=more))
    text = ngettext("{count} product, as of {when}", "{count} products, as of {when}", stock.count)
    return Part(_("Stock"), tuple(blocks), text.format(count=count(stock.count), when=moment(stock.at, zone)))


def stock_line(stock: Stock | None) -> str:
    if stock is None:
        return _("Stock: no figures have ever come in.")
    text = _("Stock: {out} out, {gaps} run out before the next arrival, {due} orders due.")
    return text.format(out=count(stock.out), gaps=count(stock.gaps), due=count(stock.due))


def _stock_row(row: StockRow) -> Row:
    says = [name(row.sku)]
    if row.gap_days:
        gap = _whole(row.gap_days)
        says.append(ngettext("{count} day without stock", "{count} days without stock", gap).format(count=gap))
    if row.arrival_days is not None:
        away = _whole(row.arrival_days)
        says.append(ngettext("next arrival in {count} day", "next arrival in {count} days", away).format(count=away))
    order = _("{count} units").format(count=count(row.order_units)) if row.order_units else "–"
    cells = (
        Figure(_("can be sold"), count(row.sellable), tone=_bad(row.sellable == 0)),
        Figure(_("lasts (days)"), _lasts(row)),
        Figure(_("to order now"), unknown() if row.order_units is None else order),
    )
    return Row(name(row.name or row.sku), cells, " · ".join(says))


def _lasts(row: StockRow) -> str:
    if row.cover_days is None or row.cover_low_days is None:
        return count(row.cover_days)
    low, high = count(row.cover_low_days), count(row.cover_days)
    return low if low == high else f"{low}–{high}"


def _whole(days: float) -> int:
    return max(1, round(days))


def _bad(value: float | None) -> Tone:
    return Tone.BAD if value else Tone.PLAIN


def health_part(health: Health | None, zone: str, period: Period) -> Part:
    if health is None:
        return Part(_("Account health"), (Block(notes=(_("Amazon has not told anything of it yet."),)),))
    status = _(_STATUS.get(health.status, health.status)) if health.status else unknown()
    figures = [
        Figure(_("Status"), status, tone=Tone.BAD if health.status not in (None, "normal") else Tone.PLAIN),
        Figure(_("Health rating"), count(health.rating)),
        Figure(_("Order defects"), _rate(health.order_defects)),
        Figure(_("Open violations"), count(health.violations), tone=_bad(health.violations)),
    ]
    if period is Period.WEEKLY:
        figures.append(Figure(_("Late shipments"), _rate(health.late_shipments)))
        figures.append(Figure(_("Cancellations"), _rate(health.cancellations)))
    notes = (_("These figures are older than they should be."),) if health.stale else ()
    block = Block(figures=tuple(figures), notes=notes)
    return Part(_("Account health"), (block,), _("As of {when}").format(when=moment(health.at, zone)))


def _rate(value: float | None) -> str:
    return unknown() if value is None else percent(value, 2)


def data_part(report: Report, zone: str) -> Part:
    coverage, audit = report.coverage, report.audit
    notes = [coverage_line(coverage)]
    late = sorted(coverage.late.items(), key=lambda each: each[1])
    notes += [_("{stream}: last came in {when}").format(stream=stream, when=moment(seen, zone))
              for stream, seen in late[:_NAMED]]  # fmt: skip
    notes += [ngettext("{stream}: {count} of the last 14 days is missing", "{stream}: {count} of the last 14 days are"
                       " missing", missing).format(stream=stream, count=missing)
              for stream, missing in sorted(coverage.gaps.items())[:_NAMED]]  # fmt: skip
    for text, part in (
        (_("Sales are known to {day}."), report.sales),
        (_("Advertising is known to {day}."), report.ads),
    ):
        known = [each.day for each in part.days if each.sales is not None] if part is not None else []
        if known:
            notes.append(text.format(day=day(max(known))))
    text = _("Audit log: {count} entries, whole.") if audit.whole else _("Audit log: {count} entries, NOT WHOLE.")
    text = text.format(count=count(audit.entries))
    if audit.signed_at is not None:
        signed = _("Last checkpoint signed {when}, over {count} entries.")
        signed = signed.format(when=moment(audit.signed_at, zone), count=count(audit.signed_entries))
    else:
        signed = _("No checkpoint was signed yet.")
    return Part(_("Data and audit log"), (Block(notes=(*notes, text, signed)),))


def coverage_line(coverage: Coverage) -> str:
    bad = {*coverage.late, *coverage.gaps}
    if not coverage.streams:
        return _("No data has come in yet.")
    if not bad:
        return _("All {count} kinds of data in use are complete and up to date.").format(count=coverage.streams)
    text = ngettext("{bad} of {count} kinds of data is late or incomplete.",
                    "{bad} of {count} kinds of data are late or incomplete.", len(bad))  # fmt: skip
    return text.format(bad=len(bad), count=coverage.streams)
