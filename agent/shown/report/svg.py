"""Pictures of a sheet as inline SVG: bars by day, and how a change adds up. Every picture has its words beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from agent.shown.report.sheet import Bars, Step

_WIDTH, _HEIGHT = 560, 120
_STEP_WIDTH, _STEP_HEIGHT = 160, 14
_LEAST = 1.0


def bars(found: Bars) -> str:
    """A bar a day; a day that is not known has none, and days that still move are lighter."""
    top = max((max(bar.value or 0, bar.front or 0) for bar in found.bars), default=0) or 1
    pitch = _WIDTH / max(1, len(found.bars))
    drawn = "".join(
        _bar(at * pitch, pitch, bar.value, top, "m" if bar.moving else "b")
        + _bar(at * pitch, pitch, bar.front, top, "f")
        for at, bar in enumerate(found.bars)
    )
    return _svg(f'width="100%" height="{_HEIGHT}"', _WIDTH, _HEIGHT, found.caption, drawn)


def _bar(left: float, pitch: float, value: int | None, top: int, kind: str) -> str:
    if value is None or value <= 0:
        return ""
    height = max(_LEAST, _HEIGHT * value / top)
    gap = 0.15 * pitch
    return _rect(left + gap, _HEIGHT - height, pitch - 2 * gap, height, kind)


def steps(found: Sequence[Step]) -> Iterator[str]:
    """One picture for each step, from where the one before it ended; the scale begins where it matters."""
    spans, level = [], 0
    for step in found:
        start, end = (0, step.value) if step.whole else (level, level + step.value)
        spans.append((start, end))
        level = end
    parts = [each for step, span in zip(found, spans, strict=True) if not step.whole for each in span]
    wholes = [end for step, (_start, end) in zip(found, spans, strict=True) if step.whole]
    low, high = min([*parts, *wholes], default=0), max([*parts, *wholes], default=1)
    floor = max(0, low - (high - low) // 2)
    scale = _STEP_WIDTH / max(1, high - floor)
    for step, (start, end) in zip(found, spans, strict=True):
        left, right = (max(0.0, (each - floor) * scale) for each in sorted((start, end)))
        kind = "b" if step.whole else "g" if step.value >= 0 else "r"
        drawn = _rect(left, 1, max(_LEAST, right - left), _STEP_HEIGHT - 2, kind)
        yield _svg(
            f'width="100%" height="{_STEP_HEIGHT}"', _STEP_WIDTH, _STEP_HEIGHT, f"{step.label}: {step.text}", drawn
        )


_FILLS = {"b": "#84adff", "m": "#d1e0ff", "f": "#175cd3", "g": "#17b26a", "r": "#f04438"}


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    size = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {size} class="s-{kind}" fill="{_FILLS[kind]}"/>'


def _svg(size: str, width: int, height: int, words: str, drawn: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(words)}" {size} '
        f'viewBox="0 0 {width} {height}" preserveAspectRatio="none" style="display:block">{drawn}</svg>'
    )
