"""Timing several ways of doing something in turns, so that what else the machine does hits all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

#: Where other jobs use the machine too, the processor time of this process is what can be compared, with one thread.
CLOCKS: dict[str, Callable[[], float]] = {'wall': time.perf_counter, 'cpu': time.process_time}


def interleaved(
    ways: Mapping[str, Callable[[], object]],
    rounds: int,
    warm_up: int = 0,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Seconds of each call.

    Args:
        ways: What to time, by name.
        rounds: How often each is timed.
        warm_up: How often each is called before, not timed.
        clock: Gives seconds.

    Returns:
        ``rounds`` numbers by name, in the order of ``ways``; those of one round belong together.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(-warm_up, rounds):
        for name, way in ways.items():
            start = clock()
            way()
            if turn >= 0:
                seconds[name].append(clock() - start)
    return seconds
