"""Sales and advertising, in words."""

from __future__ import annotations

from agent.language import _, ngettext, short_day
from agent.model.report import AdFigures, AdGroupRow, Ads, Compared, Figures, Mover, Parts, Period, Report, Sales
from agent.shown.report.sheet import Bar, Bars, Block, Figure, Part, Row, Step, first
from agent.shown.report.words import (
    amount,
    changed,
    count,
    days,
    name,
    points,
    ratio,
    share,
    sign,
    some_days,
    tone,
)

_GROUPS = 5


def sales_part(report: Report) -> Part:
    sales = report.sales
    if sales is None:
        return Part(_("Sales"), (Block(notes=(_("No sales figures have ever come in."),)),))
    now, before, currency = sales.now, sales.before, report.currency
    blocks = [Block(figures=_sales_figures(now, before, currency), bars=_sales_bars(sales, currency),
                    notes=_notes(sales.spans, _("Amazon still adds to {days}.")))]  # fmt: skip
    if sales.parts is not None and now is not None and before is not None:
        blocks.append(_split(sales.parts, before, now, currency))
    elif report.period is Period.WEEKLY:
        blocks.append(Block(notes=(_("Where the change comes from cannot be said: figures by product are missing."),)))
    if sales.movers:
        rows = tuple(_mover(each, currency) for each in sales.movers)
        blocks.append(Block(_("What moved most"), rows=rows))
    return Part(_("Sales"), tuple(blocks), _versus(sales.spans))


def sales_line(report: Report) -> str:
    sales = report.sales
    if sales is None:
        return _("Sales: no figures have ever come in.")
    if sales.now is None:
        return _("Sales {days}: not known, {missing} have not come in.").format(
            days=days(sales.spans.now), missing=some_days(sales.spans.missing)
        )
    text = _("Sales {days}: {sales}{change}, {units} units.")
    return text.format(
        days=days(sales.spans.now), sales=amount(sales.now.sales, report.currency), units=count(sales.now.units),
        change=_bracketed(changed(sales.now.sales, sales.before.sales if sales.before is not None else None)),
    )  # fmt: skip


def _sales_figures(now: Figures | None, before: Figures | None, currency: str) -> tuple[Figure, ...]:
    def pair(column: str) -> tuple[int | None, int | None]:
        return (None if now is None else getattr(now, column)), (None if before is None else getattr(before, column))

    (sales, sales0), (units, units0), (sessions, sessions0) = pair("sales"), pair("units"), pair("sessions")
    rate, rate0 = ratio(units, sessions), ratio(units0, sessions0)
    price, price0 = ratio(sales, units), ratio(sales0, units0)
    return (
        Figure(_("Sales"), amount(sales, currency), changed(sales, sales0), tone(sales, sales0)),
        Figure(_("Units"), count(units), changed(units, units0), tone(units, units0)),
        Figure(_("Visits"), count(sessions), changed(sessions, sessions0), tone(sessions, sessions0)),
        Figure(_("Conversion (units per visit)"), share(units, sessions), points(rate, rate0), tone(rate, rate0)),
        Figure(_("Average price"), amount(None if price is None else round(price), currency), changed(price, price0)),
    )  # fmt: skip


def _sales_bars(sales: Sales, currency: str) -> Bars | None:
    moving = set(sales.spans.moving)
    known = [(each.day, each.sales) for each in sales.days if each.sales is not None and each.day not in moving]
    if not known:
        return None
    best, least = max(known, key=lambda each: each[1]), min(known, key=lambda each: each[1])
    text = _("Sales by day: highest {most} on {best}, lowest {least} on {worst}")
    caption = text.format(most=amount(best[1], currency), best=short_day(best[0]), least=amount(least[1], currency),
                          worst=short_day(least[0]))  # fmt: skip
    return Bars(caption, tuple(Bar(short_day(each.day), each.sales, moving=each.day in moving) for each in sales.days))


def _split(parts: Parts, before: Figures, now: Figures, currency: str) -> Block:
    steps = [Step(_("the week before"), before.sales, amount(before.sales, currency), whole=True)]
    for label, part in (
        (_("from visits"), parts.sessions), (_("from conversion"), parts.conversion),
        (_("from price"), parts.price), (_("new, ended and other"), parts.other),
    ):  # fmt: skip
        steps.append(Step(label, part, amount(part, currency, signed=True)))
    steps.append(Step(_("this week"), now.sales, amount(now.sales, currency), whole=True))
    note = _("Split by product with the logarithmic mean Divisia index (LMDI-I, Ang 2004): the parts add up exactly.")
    return Block(_("Where the change comes from"), steps=tuple(steps), notes=(note,))


def _mover(mover: Mover, currency: str) -> Row:
    parts = {_("visits"): mover.parts.sessions, _("conversion"): mover.parts.conversion,
             _("price"): mover.parts.price, _("new or ended"): mover.parts.other}  # fmt: skip
    cause = max(parts, key=lambda each: abs(parts[each]))
    cells = (
        Figure(_("sales"), amount(mover.sales, currency)),
        Figure(_("change"), amount(mover.change, currency, signed=True), tone=sign(mover.change)),
    )
    detail = f"{name(mover.id)} · " + _("mostly from {cause}").format(cause=cause)
    return Row(name(mover.name or mover.id), cells, detail)


def ads_part(report: Report) -> Part:
    ads, currency = report.ads, report.currency
    if ads is None:
        return Part(_("Advertising"), (Block(notes=(_("No figures of ads have ever come in."),)),))
    late = _("Orders of the clicks of {days} still come in: sales and ACoS are not final.")
    block = Block(figures=_ad_figures(ads, report), bars=_ad_bars(ads, currency), notes=_notes(ads.spans, late))
    return Part(_("Advertising"), (block, *_groups(ads, currency)), _versus(ads.spans))


def ads_line(report: Report) -> str:
    ads = report.ads
    if ads is None:
        return _("Advertising: no figures have ever come in.")
    if ads.now is None:
        return _("Advertising {days}: not known, {missing} have not come in.").format(
            days=days(ads.spans.now), missing=some_days(ads.spans.missing)
        )
    text = _("Advertising {days}: {cost} cost, {sales} sales.")
    if ads.profit is not None:
        text = _("Advertising {days}: {cost} cost, {sales} sales, {profit} left over.")
    return text.format(
        days=days(ads.spans.now), cost=amount(ads.now.cost, report.currency),
        sales=amount(ads.now.sales, report.currency), profit=amount(ads.profit, report.currency, signed=True),
    )  # fmt: skip


def _ad_figures(ads: Ads, report: Report) -> tuple[Figure, ...]:
    def pair(column: str) -> tuple[int | None, int | None]:
        def of(figures: AdFigures | None) -> int | None:
            return None if figures is None else getattr(figures, column)

        return of(ads.now), of(ads.before)

    (cost, cost0), (sales, sales0) = pair("cost"), pair("sales")
    acos, acos0, currency = ratio(cost, sales), ratio(cost0, sales0), report.currency
    found = [
        Figure(_("Ad cost"), amount(cost, currency), changed(cost, cost0)),
        Figure(_("Ad sales"), amount(sales, currency), changed(sales, sales0), tone(sales, sales0)),
        Figure(_("ACoS (ad cost by ad sales)"), share(cost, sales), points(acos, acos0),
               tone(acos, acos0, more_is_good=False)),
    ]  # fmt: skip
    if report.period is Period.WEEKLY:
        before = ads.profit_before
        was = "" if before is None else _("before: {amount}").format(amount=amount(before, currency, signed=True))
        up = sign(None if ads.profit is None or before is None else ads.profit - before)
        found.append(Figure(_("Left over after ads"), amount(ads.profit, currency, signed=True), was, up))
    return tuple(found)


def _ad_bars(ads: Ads, currency: str) -> Bars | None:
    moving = set(ads.spans.moving)
    known = [(each.day, each.cost, each.sales) for each in ads.days
             if each.cost is not None and each.sales is not None and each.day not in moving]  # fmt: skip
    if not known:
        return None
    text = _("Ad sales by day (light; highest {sales} on {best}) and ad cost (dark; highest {cost} on {dearest})")
    best, dear = max(known, key=lambda each: each[2]), max(known, key=lambda each: each[1])
    caption = text.format(sales=amount(best[2], currency), best=short_day(best[0]), cost=amount(dear[1], currency),
                          dearest=short_day(dear[0]))  # fmt: skip
    return Bars(
        caption, tuple(Bar(short_day(each.day), each.sales, each.cost, each.day in moving) for each in ads.days)
    )


def _groups(ads: Ads, currency: str) -> list[Block]:
    earned = tuple(row for row in ads.groups if row.profit is not None and row.profit > 0)
    lost = tuple(row for row in reversed(ads.groups) if row.profit is not None and row.profit < 0)
    found = []
    for title, rows in (
        (_("Ad groups that earned most"), earned),
        (_("Ad groups that cost more than they earned"), lost),
    ):
        shown, more = first(tuple(_group(row, currency) for row in rows), _GROUPS)
        if shown:
            found.append(Block(title, rows=shown, more=more))
    if ads.unpriced:
        text = ngettext("{count} ad group that cost {cost} is left out: its break-even ACoS is not set.",
                        "{count} ad groups that cost {cost} are left out: their break-even ACoS is not set.",
                        ads.unpriced)  # fmt: skip
        found.append(Block(notes=(text.format(count=ads.unpriced, cost=amount(ads.unpriced_cost, currency)),)))
    if found and ads.profit is not None:
        found.append(Block(notes=(_("Left over: ad sales × break-even ACoS − ad cost."),)))
    return found


def _group(row: AdGroupRow, currency: str) -> Row:
    acos = share(row.now.cost, row.now.sales, 0)
    detail = _("ACoS {acos}").format(acos=acos) if row.now.sales else _("no sales")
    if row.profit_before is not None:
        detail += " · " + _("before: {amount}").format(amount=amount(row.profit_before, currency, signed=True))
    cells = (
        Figure(_("cost"), amount(row.now.cost, currency)),
        Figure(_("ad sales"), amount(row.now.sales, currency)),
        Figure(_("left over"), amount(row.profit, currency, signed=True), tone=sign(row.profit)),
    )
    return Row(name(row.name), cells, detail)


def _versus(spans: Compared) -> str:
    return _("{days}, compared with {before}").format(days=days(spans.now), before=days(spans.before))


def _notes(spans: Compared, moving: str) -> tuple[str, ...]:
    notes = []
    if spans.missing:
        notes.append(_("Not come in: {days}. What needs them is not known.").format(days=some_days(spans.missing)))
    if spans.moving:
        notes.append(moving.format(days=some_days(spans.moving)))
    return tuple(notes)


def _bracketed(text: str) -> str:
    return f" ({text})" if text else ""
