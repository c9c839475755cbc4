"""Small classifiers, each for a part of six labels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

import mlkd.models  # noqa: F401
from mlkd.distillers import FrameBatch
from mlkd.models.utils.label_subset import restrict_to_labels
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

CLASSES = ('boat', 'cat', 'cow', 'dog', 'sea', 'ship')
CGP = (('ship', 'boat', 'sea'), ('dog', 'cat'), ('cow',))
DGP = (('boat', 'cow', 'cat'), ('sea', 'dog', 'ship'))


def model(num_classes: int = 6, size: int = 12) -> dict[str, Any]:
    """A classifier with batch norm."""
    return {
        'type': 'MultiLabelClassifier',
        'data_preprocessor': {'type': 'ViewPreprocessor', 'size': size, 'mean': [127.5] * 3, 'std': [60.0] * 3},
        'backbone': {'type': 'SmallConvNet', 'layers': ((6, 2), (8, 1))},
        'head': {'type': 'MultiLabelHead', 'num_classes': num_classes, 'in_channels': 8},
    }


def write_parts(
    folder: Path, parts: Sequence[Sequence[str]], seed: int = 0, config: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Networks for parts of the labels as a stage leaves them, with weights of their own."""
    entries = []
    for number, labels in enumerate(parts):
        torch.manual_seed(100 * seed + number)
        network = MODELS.build(restrict_to_labels(config or model(), labels, 6))
        for tensor in [*network.parameters(), *network.buffers()]:
            if tensor.is_floating_point():
                tensor.data.copy_(torch.rand_like(tensor) + 0.1 * (tensor.ndim == 1) - 0.4 * (tensor.ndim > 1))
        path = folder / f'{seed}-{number}' / 'network.pth'
        path.parent.mkdir(parents=True)
        torch.save(network.state_dict(), path)
        (path.parent / 'result.json').write_text(json.dumps({'labels': list(labels)}))
        entries.append({'labels': list(labels), 'checkpoint': str(path)})
    return entries


def toy_batch(images: int = 3, seed: int = 0) -> FrameBatch:
    """Random frames and labels; one label is left open."""
    generator = torch.Generator().manual_seed(seed)
    frames = torch.randint(0, 256, (images, 3, 16, 16), dtype=torch.uint8, generator=generator)
    samples = []
    for number in range(images):
        meta = {
            'img_path': f'{number}.jpg',
            'img_key': f'{seed}/{number}',
            'img_shape': (16, 16),
            'ori_shape': (16, 16),
        }
        samples.append(MultiLabelDataSample(metainfo=meta).set_gt_label([1, 0, -1, 0, 1, 0]))
    return FrameBatch(frames, samples)
