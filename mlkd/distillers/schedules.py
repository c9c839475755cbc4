"""How the weight of a loss grows over a training."""

from __future__ import annotations

from mmengine.logging import MessageHub


def training_progress() -> tuple[int, int] | None:
    """Iteration of the current run, from 0, and how many there are in all; None outside of a training.

    MMEngine's Runner tells its message hub.
    """
    hub = MessageHub.get_current_instance()
    done, total = hub.get_info('iter'), hub.get_info('max_iters')
    return None if done is None or total is None else (int(done), int(total))


def ramp_up(weight: float, share: float, progress: tuple[int, int] | None) -> float:
    r"""\min(w t / (T s), w): linear from 0 over a share of the training, then constant.

    Args:
        weight: w.
        share: s; 0 for a constant weight.
        progress: t and T; None: the weight as it is in the end.

    >>> ramp_up(3.0, 0.05, (100, 4950)), ramp_up(3.0, 0.05, (248, 4950)), ramp_up(3.0, 0.0, (0, 4950))
    (1.2121212121212122, 3.0, 3.0)
    """
    if progress is None or share <= 0 or progress[1] <= 0:
        return weight
    return min(weight * progress[0] / (progress[1] * share), weight)
