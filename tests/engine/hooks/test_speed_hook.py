from __future__ import annotations

from types import SimpleNamespace

import pytest
from mmengine.logging import MessageHub

from mlkd.engine.hooks import SpeedHook, speed_hook
from mlkd.engine.hooks.speed_hook import training_speed


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that the test sets."""
    time = SimpleNamespace(now=100.0)
    monkeypatch.setattr(speed_hook, 'time', SimpleNamespace(perf_counter=lambda: time.now))
    return time


def test_the_first_iteration_and_validation_are_left_out_and_a_resumed_run_goes_on(clock: SimpleNamespace) -> None:
    runner = SimpleNamespace(message_hub=MessageHub.get_instance('speed'), world_size=2)
    for _ in range(2):  # Two processes, one after the other.
        hook = SpeedHook()
        hook.before_train(runner)
        for durations in ((5.0, 1.0), (2.0,)):
            clock.now += 50  # Validation.
            hook.before_train_epoch(runner)
            for seconds in durations:
                clock.now += seconds
                hook.after_train_iter(runner, 0, {'inputs': [1, 2, 3]})
    # Each process: 5 s to warm up, then two batches of three images on two processes in 3 s.
    assert training_speed(runner) == {'train_seconds': 16.0, 'images_per_second': 24 / 6}


def test_nothing_is_known_before_the_second_iteration(clock: SimpleNamespace) -> None:
    runner = SimpleNamespace(message_hub=MessageHub.get_instance('speed of one'), world_size=1)
    assert training_speed(runner) == {'train_seconds': 0, 'images_per_second': 0.0}
    hook = SpeedHook()
    hook.before_train(runner)
    hook.before_train_epoch(runner)
    clock.now += 3
    hook.after_train_iter(runner, 0)
    assert training_speed(runner) == {'train_seconds': 3.0, 'images_per_second': 0.0}
