"""Seeds all random generators before each iteration."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mlkd.engine.seeding import iteration_seed, seed_all
from mlkd.registry import HOOKS


@HOOKS.register_module()
class SeedHook(Hook):
    """Makes every draw of an iteration depend on (seed, stage, rank, iteration) alone.

    Without it a resumed run would draw other dropout masks than one that was not stopped: the state of the generators
    is not part of a checkpoint, and validation in between would shift it.

    Args:
        stage: Name of the stage; the recipe's runner fills it in.
    """

    priority = 'VERY_HIGH'

    def __init__(self, stage: str = '') -> None:
        self.stage = stage

    def before_run(self, runner: Runner) -> None:
        """Seed what initialises weights."""
        seed_all(iteration_seed(runner.seed, 'init', 0, 0))

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: object = None) -> None:
        """Seed the iteration that begins."""
        seed_all(iteration_seed(runner.seed, self.stage, runner.rank, runner.iter))
