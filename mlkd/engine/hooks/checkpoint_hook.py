"""Writes checkpoints that a run can be resumed from, whatever happens while they are written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.optim import OptimWrapperDict
from mmengine.runner import Runner

from mlkd.engine.checkpoints.network import adapt_network, network_prefix, unwrapped, whole_state
from mlkd.engine.checkpoints.plain import pack_message_hub, plain, unpack_message_hub, without_functions
from mlkd.errors import CheckpointError, unknown_name
from mlkd.fileio import atomic_write
from mlkd.registry import HOOKS


# Registered under MMEngine's name too, so that every config of the scope mlkd gets whole checkpoints.
@HOOKS.register_module(name=['AtomicCheckpointHook', 'CheckpointHook'])
class AtomicCheckpointHook(CheckpointHook):
    """MMEngine's hook, with three differences.

    * A file is written to a temporary name, flushed and renamed; an older one goes only after the newer is whole.
    * It holds tensors and plain values, so that it loads without executing code.
    * Where gradients are accumulated over several iterations, it waits for the one at which the optimiser steps: those
      gathered so far differ between processes, and shards of them cannot be saved.

    Args:
        interval: Epochs (or iterations) between checkpoints.
        max_keep_ckpts: How many to keep; at least 2, so that one is left if the newest is damaged.
        backend_args: Of MMEngine's file layer.
        kwargs: MMEngine's other arguments.
    """

    def __init__(
        self, interval: int = 1, max_keep_ckpts: int = 2, backend_args: dict | None = None, **kwargs: Any
    ) -> None:
        backend_args = backend_args or {'backend': 'mlkd_atomic'}
        super().__init__(interval=interval, max_keep_ckpts=max_keep_ckpts, backend_args=backend_args, **kwargs)
        self._waiting = False
        self._resumed: dict | None = None

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: dict | tuple | list | None = None,
        outputs: dict | None = None,
    ) -> None:
        """Save what had to wait, or what is due."""
        if not self._waiting or accumulating(runner):
            super().after_train_iter(runner, batch_idx, data_batch, outputs)
            return
        meta = {'epoch': runner.epoch, 'iter': runner.iter + 1}
        self._save_checkpoint_with_step(runner, meta['epoch' if self.by_epoch else 'iter'], meta)

    def _save_checkpoint(self, runner: Runner) -> None:
        self._waiting = accumulating(runner)
        if not self._waiting:
            super()._save_checkpoint(runner)

    def _save_best_checkpoint(self, runner: Runner, metrics: Mapping[str, Any]) -> None:
        if self.save_best is not None:
            for name in self.key_indicators:
                if name != 'auto' and name not in metrics:
                    what, where = f'No validation measures {name!r}.', 'default_hooks.checkpoint.save_best'
                    raise unknown_name(what, where, name, metrics)
        super()._save_best_checkpoint(runner, metrics)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Make the content plain and add what MMEngine leaves out."""
        checkpoint['meta'].update(batches_per_epoch=len(runner.train_dataloader), world_size=runner.world_size)
        checkpoint['message_hub'] = pack_message_hub(checkpoint['message_hub'])
        if 'param_schedulers' in checkpoint:
            checkpoint['param_schedulers'] = without_functions(checkpoint['param_schedulers'])
        for key in checkpoint.keys() - {'state_dict', 'message_hub'}:
            checkpoint[key] = plain(checkpoint[key], key)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Undo :meth:`before_save_checkpoint`; fit the file of a bare network to the model."""
        adapt_network(checkpoint, whole_state(runner), network_prefix(unwrapped(runner)))
        if 'message_hub' in checkpoint:
            unpack_message_hub(checkpoint)
            self._resumed = dict(checkpoint['meta'])

    def before_train(self, runner: Runner) -> None:
        """Check that what was resumed is a part of this run."""
        super().before_train(runner)
        if self._resumed is None or not getattr(runner, '_resume', False):
            return
        found = {key: self._resumed.get(key) for key in ('batches_per_epoch', 'world_size')}
        expected = {'batches_per_epoch': len(runner.train_dataloader), 'world_size': runner.world_size}
        if found['batches_per_epoch'] is not None and found != expected:
            raise CheckpointError(
                'The checkpoint is of a run with other batches.',
                where=runner.work_dir,
                found=found,
                expected=expected,
                fix='resume with the same data, batch size and number of processes, or train anew with --overwrite',
            )
        for wrapper in _optim_wrappers(runner):
            # MMEngine's flexible runner counts from 0 whatever is resumed.
            if hasattr(wrapper, 'initialize_count_status') and wrapper._inner_count != runner.iter:
                wrapper.initialize_count_status(runner.model, runner.iter, runner.max_iters)
        if accumulating(runner):
            raise CheckpointError(
                'The checkpoint was written before the optimiser had stepped; the gradients of then are lost.',
                where=runner.work_dir,
                found=f'iteration {runner.iter}',
                expected='one at which the accumulation of gradients ends',
                fix='remove this checkpoint to go back to the one before, or train anew with --overwrite',
            )

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        """Save first, then delete what is no longer needed (MMEngine does it the other way round)."""
        name = self.filename_tmpl.format(step)
        self.last_ckpt = str(Path(self.out_dir) / name)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        runner.save_checkpoint(
            self.out_dir,
            name,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler and runner.param_schedulers is not None,
            meta=meta,
            by_epoch=self.by_epoch and not self._waiting,
            backend_args=self.backend_args,
            **self.args,
        )
        self._waiting = False
        if is_main_process():
            with atomic_write(Path(runner.work_dir) / 'last_checkpoint') as file:
                file.write(self.last_ckpt)
            self._prune(step)

    def _prune(self, newest: int) -> None:
        """Keep the newest checkpoints."""
        if self.max_keep_ckpts <= 0:
            return
        start, end = self.filename_tmpl.split('{}')
        steps = [
            int(number)
            for path in Path(self.out_dir).glob(self.filename_tmpl.format('*'))
            if (number := path.name[len(start) : len(path.name) - len(end)]).isdigit()
        ]
        for step in sorted(step for step in steps if step <= newest)[: -self.max_keep_ckpts]:
            (Path(self.out_dir) / self.filename_tmpl.format(step)).unlink()


def accumulating(runner: Runner) -> bool:
    """Whether gradients of earlier iterations wait for the optimiser's next step."""
    many = [one for one in _optim_wrappers(runner) if getattr(one, '_accumulative_counts', 1) > 1]
    return any(not one.should_update() for one in many)


def _optim_wrappers(runner: Runner) -> list[Any]:
    wrapper = runner.optim_wrapper
    return list(wrapper.values()) if isinstance(wrapper, OptimWrapperDict) else [wrapper]
