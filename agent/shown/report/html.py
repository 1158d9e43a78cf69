"""A sheet as one HTML document that mail programs show: tables and inline styles, no script, nothing that is fetched.

Every text is escaped. Dark colours are classes, since inline styles know no media; who ignores them shows it light.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from agent.language import _
from agent.model.message import Link
from agent.shown.report import svg
from agent.shown.report.sheet import Block, Figure, Part, Row, Sheet, Step, Tone

_TABLE = 'role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"'
_FONT = "-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,PingFang SC,Microsoft YaHei,Noto Sans CJK SC,sans-serif"
_SOFT = "color:#667085;font-size:13px;line-height:1.45"
_COLOURS = {Tone.PLAIN: "#475467", Tone.GOOD: "#067647", Tone.BAD: "#b42318"}
_DARK = """
:root{color-scheme:light dark}
@media (prefers-color-scheme:dark){
.page{background:#0c111d!important}.card{background:#161b26!important}.text{color:#f5f5f6!important}
.soft{color:#a3acba!important}.head{background:#1f242f!important}.line{border-color:#333741!important}
.t-plain{color:#cecfd2!important}.t-good{color:#47cd89!important}.t-bad{color:#f97066!important}
.key{background:#2970ff!important}.s-b{fill:#528bff}.s-m{fill:#2d4a8a}.s-f{fill:#d1e0ff}.s-g{fill:#47cd89}.s-r{fill:#f97066}}
"""


def html(sheet: Sheet, links: tuple[Link, ...] = ()) -> str:
    """``links``: where to look further; shown below the report in a few lines."""
    body = "".join((_top(sheet, links), *map(_part, sheet.parts), _foot(sheet)))
    return (
        f'<!doctype html>\n<html lang="{sheet.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(sheet.title)}</title><style>{_DARK}</style></head>\n"
        f'<body class="page text" style="margin:0;padding:0;background:#f2f4f7;color:#1d2939;font-family:{_FONT};'
        'font-size:15px;line-height:1.5;-webkit-text-size-adjust:100%">\n'
        f'<table {_TABLE} class="page" style="border-collapse:collapse;background:#f2f4f7"><tr><td align="center" '
        f'style="padding:12px 8px"><table {_TABLE} class="card" style="border-collapse:collapse;max-width:600px;'
        f'background:#ffffff"><tr><td style="padding:20px 16px;overflow-wrap:anywhere">\n{body}\n'
        "</td></tr></table></td></tr></table></body></html>\n"
    )


def _top(sheet: Sheet, links: tuple[Link, ...]) -> str:
    lines = "".join(f'<tr><td class="text" style="padding:3px 0;color:#1d2939">{escape(line)}</td></tr>'
                    for line in sheet.head)  # fmt: skip
    keys = "".join(
        f'<p style="margin:16px 0 0"><a class="key" href="{escape(link.url)}" style="display:inline-block;'
        'padding:11px 18px;background:#175cd3;color:#ffffff;text-decoration:none;border-radius:6px">'
        f"{escape(link.text)}</a></p>" for link in links
    )  # fmt: skip
    what, dot, day = sheet.title.rpartition(" · ")
    title = f'{escape(what + dot)}<span style="white-space:nowrap">{escape(day)}</span>'
    return (
        f'<h1 class="text" style="margin:0;font-size:21px;line-height:1.3;color:#1d2939">{title}</h1>'
        f'<p class="soft" style="margin:4px 0 12px;{_SOFT}">{escape(sheet.about)}</p>'
        f'<table {_TABLE} class="head" style="background:#f8fafc"><tr><td style="padding:10px 12px">'
        f"<table {_TABLE}>{lines}</table></td></tr></table>{keys}"
    )


def _part(part: Part) -> str:
    about = f'<p class="soft" style="margin:2px 0 0;{_SOFT}">{escape(part.about)}</p>' if part.about else ""
    heading = (
        '<h2 class="text line" style="margin:28px 0 0;padding:16px 0 0;border-top:1px solid #eaecf0;font-size:18px;'
        f'line-height:1.3;color:#1d2939">{escape(part.title)}</h2>'
    )
    return f"\n{heading}{about}" + "".join(map(_block, part.blocks))


def _block(block: Block) -> str:
    return "".join(_pieces(block))


def _pieces(block: Block) -> Iterator[str]:
    if block.title:
        yield (f'<h3 class="text" style="margin:18px 0 2px;font-size:15px;line-height:1.3;color:#1d2939">'
               f"{escape(block.title)}</h3>")  # fmt: skip
    if block.figures:
        yield _figures(block.figures)
    if block.bars is not None:
        ends = "".join(
            f'<td class="soft" align="{side}" style="{_SOFT}">{escape(bar.label)}</td>'
            for side, bar in zip(("left", "right"), (block.bars.bars[0], block.bars.bars[-1]), strict=True)
        )
        yield f'<div style="margin:14px 0 0">{svg.bars(block.bars)}</div><table {_TABLE}><tr>{ends}</tr></table>'
        yield _note(block.bars.caption)
    if block.steps:
        yield _steps(block.steps)
    yield from map(_row, block.rows)
    if block.more:
        yield _note(_("… and {count} more").format(count=block.more))
    yield from map(_note, block.notes)


def _figures(figures: tuple[Figure, ...]) -> str:
    """Two beside each other, so that a telephone shows them without turning."""
    rows = []
    for at in range(0, len(figures), 2):
        pair = figures[at : at + 2]
        cells = "".join(f'<td width="50%" valign="top" style="padding:10px 8px 0 0">{_big(one)}</td>' for one in pair)
        rows.append(f"<tr>{cells}{'' if len(pair) == 2 else '<td></td>'}</tr>")
    return f'<table {_TABLE} style="table-layout:fixed">{"".join(rows)}</table>'


def _big(figure: Figure) -> str:
    plain = figure.tone is Tone.PLAIN or figure.change
    value = "text" if plain else f"t-{figure.tone}"
    colour = "#1d2939" if plain else _COLOURS[figure.tone]
    toned = f'class="t-{figure.tone}" style="font-size:13px;color:{_COLOURS[figure.tone]}"'
    change = f"<div {toned}>{escape(figure.change)}</div>" if figure.change else ""
    return (
        f'<div class="soft" style="{_SOFT}">{escape(figure.label)}</div>'
        f'<div class="{value}" style="font-size:19px;font-weight:600;line-height:1.3;color:{colour}">'
        f"{escape(figure.value)}</div>{change}"
    )


def _steps(steps: tuple[Step, ...]) -> str:
    rows = "".join(
        f'<tr><td class="text" width="38%" style="padding:4px 8px 4px 0;font-size:14px">{escape(step.label)}</td>'
        f'<td width="32%" style="padding:4px 0">{picture}</td>'
        f'<td class="text" width="30%" align="right" style="padding:4px 0 4px 8px;font-size:14px;'
        f'font-weight:{600 if step.whole else 400};white-space:nowrap">{escape(step.text)}</td></tr>'
        for step, picture in zip(steps, svg.steps(steps), strict=True)
    )
    return f'<table {_TABLE} style="table-layout:fixed;margin:4px 0 0">{rows}</table>'


def _row(row: Row) -> str:
    detail = f'<div class="soft" style="{_SOFT}">{escape(row.detail)}</div>' if row.detail else ""
    cells = "".join(f'<td valign="top" style="padding:4px 8px 0 0">{_small(cell)}</td>' for cell in row.cells)
    table = f'<table {_TABLE} style="table-layout:fixed;font-size:14px;line-height:1.4"><tr>{cells}</tr></table>'
    return (
        '<div class="line" style="padding:10px 0;border-bottom:1px solid #eaecf0">'
        '<div class="text" style="font-size:14px;line-height:1.4;font-weight:600;color:#1d2939">'
        f"{escape(row.title)}</div>"
        f"{detail}{table if cells else ''}</div>"
    )


def _small(figure: Figure) -> str:
    return (
        f'<span class="soft" style="color:#667085;font-size:12px">{escape(figure.label)}</span><br>'
        f'<span class="t-{figure.tone}" style="color:{_COLOURS[figure.tone]}">{escape(figure.value)}</span>'
    )


def _note(text: str) -> str:
    return f'<p class="soft" style="margin:8px 0 0;{_SOFT}">{escape(text)}</p>'


def _foot(sheet: Sheet) -> str:
    lines = "<br>".join(map(escape, sheet.foot))
    edge = "margin:28px 0 0;padding:14px 0 0;border-top:1px solid #eaecf0"
    return f'\n<p class="soft line" style="{edge};{_SOFT}">{lines}</p>'
