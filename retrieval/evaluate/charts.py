"""Charts as SVG text, by arithmetic alone. Pure.

Colours are classes that the page's style sheet gives, so that they follow light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 480, 280
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 14, 40
_PLOT_W, _PLOT_H = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through points whose x and y lie in 0..1; `dots` sizes a dot at each."""

    name: str
    style: str
    """The class that colours it."""
    points: Sequence[tuple[float, float]]
    dots: Sequence[float] = ()
    """Radius of the dot at each point, in pixels; none where empty."""


def bars(title: str, labels: Sequence[str], counts: Sequence[int], *, x_label: str) -> str:
    """A bar for each label, its count above it."""
    top = max([*counts, 1])
    step = _PLOT_W / max(1, len(labels))
    parts = []
    for i, (label, count) in enumerate(zip(labels, counts, strict=True)):
        height = _PLOT_H * count / top
        x, y, middle = LEFT + i * step, TOP + _PLOT_H - height, LEFT + (i + 0.5) * step
        parts.append(
            f'<rect class="bar" x="{x + step * 0.12:.1f}" y="{y:.1f}" '
            f'width="{step * 0.76:.1f}" height="{height:.1f}"/>'
        )
        parts.append(_text(middle, y - 3, str(count), "value") if count else "")
        parts.append(_text(middle, TOP + _PLOT_H + 15, label, "tick"))
    axis = _rule(LEFT, TOP + _PLOT_H, LEFT + _PLOT_W, TOP + _PLOT_H, "axis")
    return _svg(title, axis + "".join(parts) + _x_label(x_label))


def lines(
    title: str, series: Sequence[Line], *, x_label: str, y_label: str, diagonal: bool = False
) -> str:
    """Lines over the unit square, with a grid of quarters and, if asked, the diagonal."""
    parts = [_grid()]
    if diagonal:
        parts.append(_rule(*_at(0, 0), *_at(1, 1), "ideal"))
    parts += [_line(one) for one in series]
    middle = TOP + _PLOT_H / 2
    parts.append(
        f'<text class="label" text-anchor="middle" transform="translate(11 {middle:.1f}) '
        f'rotate(-90)">{escape(y_label)}</text>'
    )
    return _svg(title, "".join(parts) + _x_label(x_label)) + _legend(series)


def _line(line: Line) -> str:
    placed = [_at(x, y) for x, y in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    dots = "".join(
        f'<circle class="dot {line.style}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'
        for (x, y), radius in zip(placed, line.dots, strict=False)
    )
    return f'<polyline class="line {line.style}" points="{path}"/>{dots}'


def _legend(series: Sequence[Line]) -> str:
    items = "".join(
        f'<li><span class="key {line.style}"></span>{escape(line.name)}</li>' for line in series
    )
    return f'<ul class="legend">{items}</ul>'


def _grid() -> str:
    parts = []
    for quarter in (0.0, 0.25, 0.5, 0.75, 1.0):
        style = "axis" if quarter == 0 else "grid"
        parts.append(_rule(*_at(0, quarter), *_at(1, quarter), style))
        parts.append(_rule(*_at(quarter, 0), *_at(quarter, 1), style))
        x, _ = _at(quarter, 0)
        _, y = _at(0, quarter)
        parts.append(_text(x, TOP + _PLOT_H + 15, f"{quarter:g}", "tick"))
        parts.append(_text(LEFT - 5, y + 4, f"{quarter:g}", "tick", anchor="end"))
    return "".join(parts)


def _at(x: float, y: float) -> tuple[float, float]:
    """A point of the unit square in pixels."""
    return LEFT + x * _PLOT_W, TOP + (1 - y) * _PLOT_H


def _rule(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, style: str, *, anchor: str = "middle") -> str:
    where = f'x="{x:.1f}" y="{y:.1f}"'
    return f'<text class="{style}" text-anchor="{anchor}" {where}>{escape(text)}</text>'


def _x_label(text: str) -> str:
    return _text(LEFT + _PLOT_W / 2, HEIGHT - 6, text, "label")


def _svg(title: str, inside: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title, quote=True)}">'
        f"{inside}</svg>"
    )
