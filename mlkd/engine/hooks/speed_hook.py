"""Measures images per second of training."""

from __future__ import annotations

import time

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mlkd.registry import HOOKS


@HOOKS.register_module()
class SpeedHook(Hook):
    """Adds up seconds and images of training, validation left out.

    The sums live in the message hub, so that they go on when a run is resumed. The first iteration of each process is
    counted apart: it pays for starting workers and for choosing kernels.
    """

    priority = 'VERY_LOW'
    KEYS = ('train_seconds', 'train_images', 'warmup_seconds')

    def before_train(self, runner: Runner) -> None:
        """Begin where an earlier process left off."""
        self.seconds, self.images, self.warmup = (runner.message_hub.get_info(key, 0) for key in self.KEYS)
        self.warm = False

    def before_train_epoch(self, runner: Runner) -> None:
        """Start the clock (validation may have run in between)."""
        self.start = time.perf_counter()

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: dict | None = None
    ) -> None:
        """Count one batch."""
        now = time.perf_counter()
        if self.warm:
            self.seconds += now - self.start
            self.images += runner.world_size * (len(data_batch['inputs']) if data_batch else 0)
        else:
            self.warmup += now - self.start
        self.warm, self.start = True, now
        runner.message_hub.update_info_dict(dict(zip(self.KEYS, (self.seconds, self.images, self.warmup), strict=True)))


def training_speed(runner: Runner) -> dict[str, float]:
    """What :class:`SpeedHook` measured.

    Returns:
        ``train_seconds`` (all of training, validation left out) and ``images_per_second`` (over all processes; 0 where
        fewer than two iterations ran).
    """
    seconds, images, warmup = (runner.message_hub.get_info(key, 0) for key in SpeedHook.KEYS)
    return {'train_seconds': seconds + warmup, 'images_per_second': images / seconds if seconds else 0.0}
