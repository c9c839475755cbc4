"""Keeps what each epoch logged and measured, and which was the best."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import FlexibleRunner, Runner

from mlkd.engine.records import jsonable, read_json
from mlkd.fileio import write_json
from mlkd.registry import HOOKS

RECORD = 'epochs.json'
#: What the message hub holds of training that is about cost, not about learning.
_COST = frozenset({'time', 'data_time', 'memory', 'grad_norm'})


@HOOKS.register_module()
class EpochRecordHook(Hook):
    """Writes, for each epoch, the means of all that its iterations logged and what its validation measured.

    They stand in ``epochs.json`` in the folder of the training, which is whole at any time and goes on when it is
    resumed. The result of the stage has under ``epochs_measured`` the last epoch and the best, and of all that was
    logged the means of the first epoch and of the last. Best is best on the set that is validated on: where that is
    what is reported, both are to be.

    Args:
        select_by: Name of the number that says which epoch is best; higher is better.
    """

    # After the numbers are logged, before a checkpoint says that the epoch is done.
    priority = 'LOW'

    def __init__(self, select_by: str = 'mAP') -> None:
        self.select_by = select_by
        self.entries: list[dict[str, Any]] = []

    def before_train(self, runner: Runner) -> None:
        """Go on with what was resumed; what came later comes again."""
        self.path = Path(runner.work_dir) / RECORD
        content = (read_json(self.path) or {}) if runner.epoch else {}
        self.entries = [entry for entry in content.get('epochs', []) if entry['epoch'] <= runner.epoch]

    def after_train_epoch(self, runner: Runner) -> None:
        """Note the means over an epoch."""
        batches = len(runner.train_dataloader)
        logged = {
            name.partition('/')[2]: buffer.mean(batches)
            for name, buffer in runner.message_hub.log_scalars.items()
            if name.startswith('train/')
        }
        train = {name: float(value) for name, value in logged.items() if name not in _COST and 'lr' not in name}
        # The epoch that ends has not been counted yet.
        self._entry(runner.epoch + 1)['train'] = jsonable(train)
        self._write()

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Note what was measured after it."""
        if runner.epoch:
            self._entry(runner.epoch)['val'] = jsonable(metrics or {})
            self._write()

    def report(self) -> dict[str, Any]:
        """For the result of a training.

        Returns:
            ``select_by``; ``last`` and ``best``: their number, ``epoch``, and ``metrics``, None where nothing was
            measured, of equals the earlier; ``logged``: by name, the means of the ``first`` and of the ``last`` epoch.
        """
        measured = [entry for entry in self.entries if entry.get('val', {}).get(self.select_by) is not None]
        best = max(measured, key=lambda entry: entry['val'][self.select_by], default=None)
        first, last = ((self.entries[place] if self.entries else {}).get('train', {}) for place in (0, -1))
        return {
            'select_by': self.select_by,
            'last': _measured(measured[-1] if measured else None),
            'best': _measured(best),
            'logged': {name: {'first': first.get(name), 'last': value} for name, value in last.items()},
        }

    def _entry(self, epoch: int) -> dict[str, Any]:
        if not self.entries or self.entries[-1]['epoch'] != epoch:
            self.entries.append({'epoch': epoch})
        return self.entries[-1]

    def _write(self) -> None:
        if is_main_process():
            write_json(self.path, {'select_by': self.select_by, 'epochs': self.entries})


def recorded_epochs(runner: Runner | FlexibleRunner) -> dict[str, Any] | None:
    """What an :class:`EpochRecordHook` of a runner has to report; None without such a hook."""
    return next((hook.report() for hook in runner.hooks if isinstance(hook, EpochRecordHook)), None)


def _measured(entry: dict[str, Any] | None) -> dict[str, Any] | None:
    return entry and {'epoch': entry['epoch'], 'metrics': entry['val']}
