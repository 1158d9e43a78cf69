"""A small line without axes, drawn on the server: the shape of the last days."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from agent.language import _, number

_WIDTH, _HEIGHT, _EDGE = 96, 24, 2


def sparkline(values: Sequence[float | None], label: str) -> Markup:
    """An SVG of so many days, oldest first; a day that is not known is a gap. Empty where nothing is known."""
    known = [value for value in values if value is not None]
    if not known:
        return Markup()
    top = max(*known, 0.0) or 1.0
    step = (_WIDTH - 2 * _EDGE) / max(len(values) - 1, 1)
    paths = "".join(_path(run, step, top) for run in _runs(values))
    told = _("{label}, {days} days: from {least} to {most}, last {last}").format(
        label=label,
        days=len(values),
        least=number(min(known), 2),
        most=number(max(known), 2),
        last=number(known[-1], 2),
    )
    frame = '<svg class="spark" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>'
    return Markup(frame).format(_WIDTH, _HEIGHT, _WIDTH, _HEIGHT, told, Markup(paths))


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Days that follow each other without a gap."""
    runs: list[list[tuple[int, float]]] = [[]]
    for day, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((day, value))
    return [run for run in runs if run]


def _path(run: Sequence[tuple[int, float]], step: float, top: float) -> str:
    room = _HEIGHT - 2 * _EDGE
    points = [(_EDGE + day * step, _EDGE + room * (1 - max(value, 0.0) / top)) for day, value in run]
    if len(points) == 1:
        return f'<circle cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="1.5"/>'
    return f'<path d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>'
