from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from mmdet.structures import DetDataSample

from mlkd.engine.hooks import AtomicCheckpointHook, FiniteLossHook
from mlkd.errors import TrainingError

BATCH = {'data_samples': [DetDataSample(metainfo={'img_path': 'a.jpg'})]}


@pytest.mark.parametrize('bad', [float('nan'), torch.tensor(float('inf'))])
def test_loss_and_images_are_named(bad: object) -> None:
    hook = FiniteLossHook()
    with pytest.raises(TrainingError, match=r'loss is not finite: wsd\.loss(.|\n)*a\.jpg'):
        hook.after_train_iter(SimpleNamespace(), 0, BATCH, {'loss': 1.0, 'wsd.loss': bad})
    with pytest.raises(TrainingError, match='not finite'):
        hook.after_train_iter(SimpleNamespace(), 0, [1, 2], {'loss': bad})


@pytest.mark.parametrize('outputs', [None, {}, {'loss': torch.tensor(1.0), 'accuracy': float('nan')}])
def test_what_is_no_loss_may_be_anything(outputs: dict | None) -> None:
    FiniteLossHook().after_train_iter(SimpleNamespace(), 0, BATCH, outputs)


def test_it_looks_before_a_checkpoint_is_written() -> None:
    order = ('VERY_HIGH', 'HIGH', 'ABOVE_NORMAL', 'NORMAL', 'BELOW_NORMAL', 'LOW', 'VERY_LOW')
    assert order.index(FiniteLossHook.priority) < order.index(AtomicCheckpointHook.priority)
