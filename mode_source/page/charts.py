"""Numbers as bars: positions in per cent of the picture's width, so that text keeps its size on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

HEIGHT = 130.0
FILL = 0.78  # of a bar's place that the bar takes


@dataclass(frozen=True)
class Bar:
    """A bar of two parts; `x` and `width` in per cent, the rest in pixels from the top."""

    x: float
    width: float
    top: float
    height: float
    light_top: float
    light_height: float
    title: str
    tick: str


@dataclass(frozen=True)
class Bars:
    """A bar chart; `lines` of its axis are numbers with their pixels from the top."""

    bars: list[Bar]
    highest: int
    height: float = HEIGHT
    lines: list[tuple[int, float]] = field(default_factory=list)


def bars(values: Sequence[tuple[str, str, int, int]], height: float = HEIGHT) -> Bars:
    """Lays out a bar chart.

    Args:
        values: per bar its title, the label below it (may be empty), its full height, and which part of it is light.
        height: of the axis, in pixels.
    """
    highest = max((value for _, _, value, _ in values), default=0)
    step = _step(highest)
    top = -(-highest // step) * step
    place = 100 / max(len(values), 1)
    laid_out = []
    for number, (title, tick, value, light) in enumerate(values):
        full = height * value / top if top else 0.0
        pale = height * light / top if top else 0.0
        laid_out.append(
            Bar(
                x=round(number * place + place * (1 - FILL) / 2, 3),
                width=round(place * FILL, 3),
                top=round(height - full + pale, 2),
                height=round(full - pale, 2),
                light_top=round(height - full, 2),
                light_height=round(pale, 2),
                title=title,
                tick=tick,
            )
        )
    lines = [(number, round(height - height * number / top, 2)) for number in range(0, top + 1, step)] if top else []
    return Bars(laid_out, highest, height, lines)


def _step(highest: int) -> int:
    """A round number that divides an axis into at most five parts: 1, 2 or 5 times a power of ten."""
    power = 1
    while True:
        for step in (power, 2 * power, 5 * power):
            if highest <= 5 * step:
                return step
        power *= 10


def share(part: int, whole: int) -> float:
    """`part` of `whole` in per cent."""
    return round(100 * part / whole, 2) if whole else 0.0
