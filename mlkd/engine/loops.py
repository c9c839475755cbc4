"""The training loop."""

from __future__ import annotations

from typing import Any

from mmengine.runner import EpochBasedTrainLoop, Runner
from torch.utils.data import DataLoader

from mlkd.arguments import check_number
from mlkd.engine.samplers import resumable
from mlkd.errors import ConfigError
from mlkd.registry import LOOPS


@LOOPS.register_module()
class ResumableEpochLoop(EpochBasedTrainLoop):
    """MMEngine's loop over epochs, which resumes inside an epoch too.

    MMEngine would begin the epoch again. Here the batches that were trained on are left out by the sampler, so that
    nothing is loaded for them.

    Args:
        runner: The runner.
        dataloader: The data loader or its config.
        kwargs: ``max_epochs``, ``val_begin``, ``val_interval``, ``dynamic_intervals``.

    Raises:
        ConfigError: If there is no epoch, or no batch in one: nothing would be trained.
    """

    def __init__(self, runner: Runner, dataloader: DataLoader | dict, **kwargs: Any) -> None:
        check_number('train_cfg.max_epochs', kwargs.get('max_epochs'), 1, whole=True)
        super().__init__(runner, resumable(dataloader) if isinstance(dataloader, dict) else dataloader, **kwargs)
        if not len(self.dataloader):
            size = self.dataloader.batch_sampler.batch_size
            raise ConfigError(
                'An epoch has no batch.',
                where='train_dataloader',
                found=f'{len(self.dataloader.dataset)} images, batch_size={size}, drop_last=True',
                fix=f'set batch_size to {len(self.dataloader.dataset)} or less, or drop_last=False',
            )

    def run_epoch(self) -> None:
        """Iterate over what is left of the epoch."""
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        done = self._iter - self._epoch * len(self.dataloader)
        self.dataloader.batch_sampler.skip(done)
        for index, batch in enumerate(self.dataloader, start=done):
            self.run_iter(index, batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1


def validation_is_due(runner: Runner) -> bool:
    """Whether a training that is resumed stopped where MMEngine's loops validate, which they leave out then."""
    loop: Any = runner.train_loop
    if runner.val_loop is None or not runner.iter:
        return False
    step, last = (runner.epoch, runner.max_epochs) if hasattr(loop, 'run_epoch') else (runner.iter, runner.max_iters)
    if hasattr(loop, 'run_epoch') and runner.iter != runner.epoch * len(runner.train_dataloader):
        return False
    return step >= loop.val_begin and (step % loop.val_interval == 0 or step == last)
