"""A recipe whose stages train a network for each part of the labels, in a second."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from engine_toy import toy_config
from torch import Tensor, nn

from mlkd.checkpoint_file import load_file
from mlkd.datasets.shapes_labels import CLASSES
from mlkd.models.heads import MultiLabelHead

#: Four parts of Shapes' labels, one of a single label.
PARTS = (CLASSES[:1], CLASSES[1:7], CLASSES[7:15], CLASSES[15:])


class DropoutHead(MultiLabelHead):
    """With dropout before the linear layer, and a loss that is NaN from an iteration on."""

    def __init__(
        self, num_classes: int, in_channels: int, dropout: float = 0.3, nan_of: int = -1, **kwargs: Any
    ) -> None:
        super().__init__(num_classes, in_channels, **kwargs)
        self.dropout, self.nan_of, self.calls = nn.Dropout(dropout), nan_of, 0

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(self.dropout(x))

    def loss(self, logits: Tensor, label: Tensor) -> dict[str, Tensor]:
        self.calls += 1
        bad = self.num_classes == self.nan_of and self.calls == 8
        return {'loss_cls': super().loss(logits, label)['loss_cls'] * (float('nan') if bad else 1)}


def part_recipe(work_dir: object, parts: Any = PARTS, stages: tuple[str, ...] = ('teachers',), **changes: Any) -> dict:
    """A stage ``teachers`` with a network for each part: batch norm, dropout, weight decay, momentum.

    Args:
        work_dir: Where to work.
        parts: Lists of labels.
        stages: Of the recipe; ``student`` is a network that uses the teachers' checkpoints.
        changes: Of the whole config.
    """
    config = toy_config(work_dir)
    pipeline = [{'type': 'LoadImage'}, {'type': 'MirrorFlip', 'prob': 0.5}, {'type': 'PackMultiLabel'}]
    shapes = {'type': 'Shapes', 'size': 32, 'pipeline': pipeline}
    test = {'split': 'test', 'num_images': 12, 'test_mode': True, 'pipeline': [pipeline[0], pipeline[2]]}
    loader = {'batch_size': 6, 'num_workers': 0, 'sampler': {'type': 'DefaultSampler', 'shuffle': True}}
    config.update(
        models={
            'network': {
                'type': 'MultiLabelClassifier',
                'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 16, 'batch_scales': (1.0, 1.5)},
                'backbone': {'type': 'SmallConvNet', 'layers': ((4, 2), (6, 2))},
                'head': {'type': 'part_toy.DropoutHead', 'num_classes': 24, 'in_channels': 6},
            }
        },
        partitions={'own': {'file': partition_file(Path(str(work_dir)).parent, parts)}},
        train_dataloader={**loader, 'dataset': {**shapes, 'num_images': 24}},
        test_dataloader={
            **loader,
            'sampler': {'type': 'DefaultSampler', 'shuffle': False},
            'dataset': {**shapes, **test},
        },
        test_evaluator={'type': 'MultiLabelMetric'},
        optim_wrapper={
            'optimizer': {'type': 'SGD', 'lr': 0.05, 'momentum': 0.9, 'weight_decay': 0.01},
            'paramwise_cfg': {'norm_decay_mult': 0.0, 'custom_keys': {'head.fc': {'lr_mult': 3}}},
            'clip_grad': {'max_norm': 2.0},
        },
        param_scheduler=[{'type': 'LinearLR', 'start_factor': 0.1, 'by_epoch': False, 'end': 5}],
        stages=list(stages),
        teachers={'model': 'model:network', 'parts': 'own'},
        student={'model': 'model:network'},
    )
    config['default_hooks']['checkpoint'] = {'type': 'CheckpointHook', 'by_epoch': False, 'interval': 2}
    config.pop('model'), config.pop('custom_imports')
    return {**config, **changes}


def partition_file(folder: Path, parts: Any) -> str:
    """A file of lists of names, named after what it holds."""
    text = json.dumps([list(part) for part in parts])
    path = folder / f'{hashlib.sha256(text.encode()).hexdigest()[:12]}.json'
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def networks(stage: Path) -> dict[str, dict[str, Tensor]]:
    """State dicts of a stage's networks by name."""
    return {path.parent.name: load_file(path) for path in sorted(stage.glob('*/network.pth'))}


def assert_equal(a: dict[str, dict[str, Tensor]], b: dict[str, dict[str, Tensor]]) -> None:
    """Bit for bit."""
    assert a.keys() == b.keys()
    for network in a:
        assert a[network].keys() == b[network].keys()
        assert all(torch.equal(a[network][name], b[network][name]) for name in a[network]), network
