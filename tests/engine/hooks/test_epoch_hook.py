from __future__ import annotations

from types import SimpleNamespace

from engine_toy import ToyImages
from torch.utils.data import ConcatDataset

from mlkd.engine.hooks import EpochHook


def test_epoch_hook_reaches_data_sets_in_wrappers() -> None:
    inner = [ToyImages(2), ToyImages(3)]
    dataset = SimpleNamespace(dataset=ConcatDataset(inner))  # As MMEngine's RepeatDataset has it.
    runner = SimpleNamespace(epoch=7, train_dataloader=SimpleNamespace(dataset=dataset))
    EpochHook().before_train_epoch(runner)
    assert [int(one._epoch) for one in inner] == [7, 7]
