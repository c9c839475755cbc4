from __future__ import annotations

import pytest
from mmengine.logging import MessageHub

from mlkd.distillers.schedules import ramp_up, training_progress


@pytest.mark.parametrize(('t', 'expected'), [(0, 0), (100, 1.2121), (247, 2.9939), (248, 3), (4949, 3)])
def test_published_ramp(t: int, expected: float) -> None:
    assert ramp_up(3.0, 0.05, (t, 4950)) == pytest.approx(expected, abs=5e-5)


def test_ramp_of_puzzle_cam() -> None:
    assert [ramp_up(4.0, 0.5, (t, 100)) for t in (0, 25, 50, 99)] == pytest.approx([0, 2, 4, 4])


def test_without_a_ramp_or_a_run_the_weight_is_constant() -> None:
    assert [ramp_up(3.0, 0.0, (0, 10)), ramp_up(3.0, 0.5, None), ramp_up(3.0, 0.5, (0, 0))] == [3.0] * 3


def test_progress_is_what_the_runner_tells() -> None:
    hub = MessageHub.get_instance('progress')
    assert training_progress() is None
    hub.update_info_dict({'iter': 3, 'max_iters': 20})
    assert training_progress() == (3, 20)
