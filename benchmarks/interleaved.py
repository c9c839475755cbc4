"""Timing several ways of doing something in turns, so that what else the machine does hits all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping


def interleaved(ways: Mapping[str, Callable[[], object]], rounds: int, warm_up: int = 0) -> dict[str, list[float]]:
    """Seconds of each call.

    Args:
        ways: What to time, by name.
        rounds: How often each is timed.
        warm_up: How often each is called before, not timed.

    Returns:
        ``rounds`` numbers by name, in the order of ``ways``; those of one round belong together.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(-warm_up, rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            if turn >= 0:
                seconds[name].append(time.perf_counter() - start)
    return seconds
