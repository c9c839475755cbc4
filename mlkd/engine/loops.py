"""The training loop."""

from __future__ import annotations

from typing import Any

from mmengine.runner import EpochBasedTrainLoop, Runner
from torch.utils.data import DataLoader

from mlkd.engine.samplers import resumable
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
    """

    def __init__(self, runner: Runner, dataloader: DataLoader | dict, **kwargs: Any) -> None:
        super().__init__(runner, resumable(dataloader) if isinstance(dataloader, dict) else dataloader, **kwargs)

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
