"""A distillation step against a student's step plus a teacher's forward pass, measured in one run.

Run: ``python benchmarks/distillation_step.py [--repeats 15] [--batch 8]``
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from interleaved import interleaved
from mmengine.structures import InstanceData

import mlkd.distillers
import mlkd.models  # noqa: F401
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

SCALE = {'mean': [127.5] * 3, 'std': [127.5] * 3}
STUDENT: dict[str, Any] = {
    'type': 'MultiLabelClassifier',
    'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 160, **SCALE},
    'backbone': {'type': 'MobileNetV1', 'width': 0.25},
    'head': {'type': 'MultiLabelHead', 'num_classes': 20, 'in_channels': 256},
}
TEACHER: dict[str, Any] = {
    'type': 'WSDDN',
    'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 224, **SCALE},
    'backbone': {'type': 'MobileNetV1', 'width': 0.75},
    'roi_extractor': {'type': 'RoIMean', 'spatial_scale': 1 / 32},
    'roi_head': {'type': 'PooledFC', 'in_channels': 768},
    'bbox_head': {'type': 'WSDDNHead', 'num_classes': 20, 'in_channels': 768},
}


def make_batch(size: int, num_proposals: int = 200) -> dict[str, Any]:
    """Random frames, labels and proposals."""
    samples = []
    for _ in range(size):
        sample = MultiLabelDataSample(metainfo={'img_shape': (224, 224), 'ori_shape': (224, 224)})
        corners = (torch.rand(num_proposals, 2, 2) * 200).sort(1).values
        boxes = torch.cat([corners[:, 0], corners[:, 1] + 16], 1)
        sample.proposals = InstanceData(bboxes=boxes, scores=torch.ones(num_proposals))
        samples.append(sample.set_gt_label((torch.rand(20) > 0.9).long()))
    return {'inputs': torch.randint(0, 256, (size, 3, 224, 224), dtype=torch.uint8), 'data_samples': samples}


def main() -> None:
    """Measure in turns, print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--repeats', type=int, default=15)
    parser.add_argument('--batch', type=int, default=8)
    args = parser.parse_args()
    torch.manual_seed(0)
    teacher, student = MODELS.build(TEACHER).eval(), MODELS.build(STUDENT).train()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, 'teacher.pth')
        torch.save(teacher.state_dict(), path)
        distiller = MODELS.build(
            {
                'type': 'Distiller',
                'student': STUDENT,
                'teachers': {'wsd': {'model': TEACHER, 'checkpoint': str(path)}},
                'terms': {'pred': {'type': 'PredKD', 'num_classes': 20}},
            }
        ).train()
    batch = make_batch(args.batch)

    def step(model: Any) -> None:
        losses = model(**model.data_preprocessor(dict(batch), True), mode='loss')
        model.zero_grad()
        sum(losses.values()).backward()

    @torch.no_grad()
    def teach() -> None:
        teacher(**teacher.data_preprocessor(dict(batch), False), mode='tensor')

    parts: dict[str, Callable[[], object]] = {
        'distillation step': lambda: step(distiller),
        'student step': lambda: step(student),
        'teacher forward': teach,
    }
    times = interleaved(parts, args.repeats, warm_up=2)
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f'{name}: {value * 1e3:.1f} ms')
    # Of each repeat, so that what else the machine does hits all three.
    rows = zip(*times.values(), strict=True)
    ratio = statistics.median(whole / (own + shown) for whole, own, shown in rows)
    print(f'ratio: {ratio:.3f} (aim: at most 1.05)')


if __name__ == '__main__':
    main()
