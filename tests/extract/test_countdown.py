"""The countdown completes once, whatever the order in which batches arrive."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from mode_source.extract.countdown import Countdown


@given(st.integers(0, 6), st.integers(0, 6), st.randoms(use_true_random=False))
def test_complete_once_and_last(first: int, second: int, dice: random.Random) -> None:
    arriving: list[tuple[str, int | None]] = (
        [("a", None)] * first + [("b", None)] * second + [("a", first), ("b", second)]
    )
    dice.shuffle(arriving)
    countdown = Countdown(("a", "b"))
    answers = [countdown.arrived(series, ends) for series, ends in arriving]
    assert answers == [False] * (len(arriving) - 1) + [True]


def test_one_series_alone_is_not_everything() -> None:
    countdown = Countdown(("a", "b"))
    assert not countdown.arrived("a", 0)
    assert countdown.arrived("b", 0)
