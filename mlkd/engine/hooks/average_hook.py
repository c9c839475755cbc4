"""A moving average of the network's weights, measured beside the weights themselves."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import ExponentialMovingAverage
from mmengine.runner import FlexibleRunner, Runner
from mmengine.runner.amp import autocast
from torch import nn

from mlkd.arguments import check_choice, check_number
from mlkd.engine.checkpoints.network import STUDENT, network_prefix, unwrapped
from mlkd.engine.distributed import on_rank_0
from mlkd.engine.hooks.best_weights import keep_best, members, read_best
from mlkd.engine.hooks.checkpoint_hook import accumulating
from mlkd.engine.hooks.validation_record import EMA, LIVE, ValidationRecord
from mlkd.engine.loops import validation_is_due
from mlkd.errors import CheckpointError, ConfigError
from mlkd.registry import HOOKS

Leave = Literal['ema', 'live', 'best']
BEST = 'best'


@HOOKS.register_module()
class WeightAverageHook(Hook):
    """Keeps the exponential moving average of the network; of a distiller that of the student alone.

    It starts as a copy of the network when training begins, and follows each step of the optimiser; floating-point
    buffers (statistics of batch norm) are averaged too. Each validation measures both weights on the same batches, as
    ``ema/NAME`` and ``live/NAME``. All of them stand in ``validations.json`` of the training's folder, the last one and
    the best in its result (key ``weights``).

    Of a group of networks that are trained together, each has its own best validation.

    When training ends, the weights that it is to leave take the place of the network's, so that what follows (the test,
    ``network.pth``, ``student.pth``) is theirs.

    Args:
        momentum: What a step adds of the new weights: one minus the decay.
        leave: Which weights the training leaves: those of the last epoch, ``'ema'`` or ``'live'``; or ``'best'``, those
            of the best validation, whichever of the two (of equals the earlier, and the live ones): a choice made on
            the validation set, and an optimistic number where that is the test set.
        select_by: Name of the number that says which validation is best; higher is better.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    # Before what logs the numbers of a validation.
    priority = 'HIGHEST'

    def __init__(self, momentum: float = 0.0003, leave: Leave = 'ema', select_by: str = 'mAP') -> None:
        check_number('WeightAverageHook.momentum', momentum, 0, 1, above=True, below=True)
        check_choice('WeightAverageHook.leave', leave, get_args(Leave))
        self.momentum, self.leave, self.select_by = momentum, leave, select_by
        self._resumed = self._done = False

    def before_run(self, runner: Runner) -> None:
        """Make room for the average, which a checkpoint may fill."""
        if self._done:
            return  # The test of what was trained.
        if isinstance(runner, FlexibleRunner):
            raise ConfigError(
                'Weights that are divided among processes are not averaged.',
                where='strategy',
                found=type(runner.strategy).__name__,
                fix='leave strategy or WeightAverageHook out',
            )
        model = unwrapped(runner)
        self.network: nn.Module = getattr(model, STUDENT) if network_prefix(model) else model
        self.average = ExponentialMovingAverage(self.network, momentum=self.momentum, update_buffers=True)
        # MMEngine's would be a copy of the network as it is after the first step.
        self.average.steps.fill_(1)
        self.record = ValidationRecord(Path(runner.work_dir), self.select_by)

    def before_train(self, runner: Runner) -> None:
        """Begin with a copy of the network, or with what was resumed."""
        if self.leave == BEST and runner.val_loop is None:
            fix = "set val_dataloader, val_cfg and val_evaluator, or leave='ema'"
            raise ConfigError('Without validation there is no best epoch.', where='WeightAverageHook.leave', fix=fix)
        if not self._resumed:
            self.average.module.load_state_dict(self.network.state_dict())
            return
        self.record.resume(runner.iter)
        if validation_is_due(runner) and not self.record.has(runner.iter):
            # It was stopped after the checkpoint and before the validation, which MMEngine would leave out.
            runner.val_loop.run()

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | tuple | list | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Follow a step of the optimiser."""
        if not accumulating(runner):
            self.average.update_parameters(self.network)

    def after_train(self, runner: Runner) -> None:
        """Put the weights that are to be left into the network."""
        self._done = True
        if self.leave == LIVE:
            return
        folder, averaged = Path(runner.work_dir), members(self.average.module)
        for name, network in members(self.network).items():
            state = averaged[name].state_dict()
            if self.leave == BEST and self.record.of(name).best() is not None:
                state = on_rank_0(read_best(self.record, name, folder) if is_main_process() else None)
            elif self.leave == BEST:
                text = f'No validation measured {self.select_by}: the averaged weights of the last epoch are left.'
                print_log(text, 'current', level=30)
            network.load_state_dict(state)

    def before_val_epoch(self, runner: Runner) -> None:
        """Make a second set of metrics."""
        if not self._done:
            self.average.module.eval()
            self._evaluator = copy.deepcopy(runner.val_loop.evaluator)

    @torch.no_grad()
    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | tuple | list | None = None,
        outputs: Sequence | None = None,
    ) -> None:
        """Measure the average on the batch that the network was measured on."""
        if self._done:
            return
        with autocast(enabled=runner.val_loop.fp16), self._averaged(unwrapped(runner)) as model:
            predicted = model.val_step(data_batch)  # type: ignore[operator]
        self._evaluator.process(data_samples=predicted, data_batch=data_batch)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Name the numbers, note them, and keep the best weights."""
        if self._done or metrics is None:
            return
        averaged = self._evaluator.evaluate(len(runner.val_loop.dataloader.dataset))
        measured = {EMA: averaged, LIVE: dict(metrics)} if self.leave == EMA else {LIVE: dict(metrics), EMA: averaged}
        if self.leave == BEST and not all(_named(name, self.select_by) in averaged for name in members(self.network)):
            where, expected = 'WeightAverageHook.select_by', f'one of {list(averaged)}'
            raise ConfigError('No such number is measured.', where=where, found=self.select_by, expected=expected)
        # The dict goes on to the log and to whoever asked for the validation.
        metrics.clear()
        metrics.update({f'{weights}/{name}': x for weights, numbers in measured.items() for name, x in numbers.items()})
        self.record.add(runner.epoch, runner.iter, measured)
        if not is_main_process():
            return
        if self.leave == BEST:
            keep_best(self.record, self.network, self.average.module, Path(runner.work_dir))
        self.record.write()

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Save the average."""
        checkpoint['ema_state_dict'] = self.average.state_dict()

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Resume the average.

        Raises:
            CheckpointError: If there is none.
        """
        if not runner._resume:
            return
        if 'ema_state_dict' not in checkpoint:
            fix = 'train anew with --overwrite, or leave WeightAverageHook out'
            what = 'The checkpoint holds no averaged weights to go on with.'
            raise CheckpointError(what, where=runner.work_dir, found=sorted(checkpoint), fix=fix)
        self.average.load_state_dict(checkpoint['ema_state_dict'])
        self._resumed = True

    @contextmanager
    def _averaged(self, model: nn.Module) -> Iterator[nn.Module]:
        """The model with the average in the place of the network."""
        if model is self.network:
            yield self.average.module
            return
        setattr(model, STUDENT, self.average.module)
        try:
            yield model
        finally:
            setattr(model, STUDENT, self.network)


def _named(network: str, number: str) -> str:
    return f'{network}/{number}' if network else number


def measured_weights(runner: Runner | FlexibleRunner, network: str = '') -> dict[str, Any] | None:
    """What a :class:`WeightAverageHook` of a runner measured and left; None without such a hook.

    Args:
        runner: The runner.
        network: Which network of a group; ``''``: of what is no group.

    Returns:
        ``left``, ``momentum``, and what :meth:`.ValidationRecord.report` says.
    """
    for hook in runner.hooks:
        if isinstance(hook, WeightAverageHook):
            return {'left': hook.leave, 'momentum': hook.momentum, **hook.record.of(network).report()}
    return None
