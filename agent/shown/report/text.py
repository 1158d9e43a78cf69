"""A sheet as plain text: for the terminal, and for mail programs that show no HTML."""

from __future__ import annotations

from collections.abc import Iterator

from agent.language import _
from agent.shown.report.sheet import Block, Figure, Row, Sheet


def text(sheet: Sheet) -> str:
    lines = [sheet.title, sheet.about, "", *sheet.head]
    for part in sheet.parts:
        lines += ["", f"== {part.title} =="]
        if part.about:
            lines.append(part.about)
        for block in part.blocks:
            lines += _block(block)
    return "\n".join([*lines, "", *sheet.foot]) + "\n"


def _block(block: Block) -> Iterator[str]:
    if block.title:
        yield f"-- {block.title}"
    for figure in block.figures:
        yield _figure(figure)
    if block.bars is not None:
        yield block.bars.caption
    for step in block.steps:
        yield "  " + _("{title}: {what}").format(title=step.label, what=step.text)
    for row in block.rows:
        yield f"  {_row(row)}"
    if block.more:
        yield "  " + _("… and {count} more").format(count=block.more)
    yield from block.notes


def _figure(figure: Figure) -> str:
    change = f" ({figure.change})" if figure.change else ""
    return _("{title}: {what}").format(title=figure.label, what=f"{figure.value}{change}")


def _row(row: Row) -> str:
    detail = f" ({row.detail})" if row.detail else ""
    cells = _(", ").join(f"{cell.label} {cell.value}" for cell in row.cells)
    title = f"{row.title}{detail}"
    return _("{title}: {what}").format(title=title, what=cells) if cells else title
