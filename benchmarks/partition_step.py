"""A student's step with teachers of parts of the labels: live, batched, kept; against a step without teachers.

Run: ``python benchmarks/partition_step.py [--parts 5] [--batch 16] [--repeats 15]``

Small networks on Shapes' images, two families of ``--parts`` networks each.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

import torch
from interleaved import interleaved

import mlkd.distillers
import mlkd.models  # noqa: F401
from mlkd.datasets.shapes_labels import CLASSES
from mlkd.models.utils.label_subset import restrict_to_labels
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

NETWORK: dict[str, Any] = {
    'type': 'MultiLabelClassifier',
    'data_preprocessor': {'type': 'ViewPreprocessor', 'size': 64, 'mean': [127.5] * 3, 'std': [64.0] * 3},
    'backbone': {'type': 'SmallConvNet', 'layers': ((16, 2), (32, 2), (64, 1), (64, 1))},
    'neck': {'type': 'GlobalMaxPool'},
    'head': {'type': 'MultiLabelHead', 'num_classes': len(CLASSES), 'in_channels': 64},
}
#: Settings of the teachers, by what the table calls them.
WAYS: dict[str, Any] = {'live': {'batched': False}, 'batched': {'batched': True}, 'kept': {'cache': 'logits'}}


def make_batch(size: int) -> dict[str, Any]:
    """Random frames of Shapes' size, and labels."""
    samples = []
    for number in range(size):
        sample = MultiLabelDataSample(
            metainfo={'img_key': str(number), 'img_shape': (128, 128), 'ori_shape': (128, 128)}
        )
        samples.append(sample.set_gt_label((torch.rand(len(CLASSES)) > 0.9).long()))
    # Laid out as a decoder leaves them, channels last.
    frames = torch.randint(0, 256, (size, 128, 128, 3), dtype=torch.uint8).permute(0, 3, 1, 2)
    return {'inputs': frames, 'data_samples': samples}


def make_distiller(folder: Path, parts: int, way: dict[str, Any]) -> Any:
    """Two families of teachers, with random weights."""
    teachers = {}
    for family in ('cgp', 'dgp'):
        entries = []
        for number in range(parts):
            # Any division will do: CGP in runs, DGP in turns.
            whole = len(CLASSES)
            first, last = whole * number // parts, whole * (number + 1) // parts
            labels = CLASSES[first:last] if family == 'cgp' else CLASSES[number::parts]
            path = folder / f'{family}_{number}.pth'
            if not path.exists():
                torch.save(MODELS.build(restrict_to_labels(NETWORK, labels, whole)).state_dict(), path)
            entries.append({'labels': list(labels), 'checkpoint': str(path)})
        keep = {'cache': str(folder / way['cache'])} if 'cache' in way else way
        teachers[family] = {'model': NETWORK, 'parts': entries, **keep}
    terms = {'psd': {'type': 'PartitionKD', 'families': {'cgp': 0.5, 'dgp': 0.5}, 'classes': CLASSES}}
    config = {'type': 'Distiller', 'student': NETWORK, 'teachers': teachers, 'terms': terms, 'task_weight': 0.5}
    return MODELS.build(config).train()


def main() -> None:
    """Measure in turns, print medians and ratios to a plain step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--parts', type=int, default=5, help='networks per family (default 5)')
    parser.add_argument('--batch', type=int, default=16)
    parser.add_argument('--repeats', type=int, default=15)
    args = parser.parse_args()
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        models = {'plain step': MODELS.build(NETWORK).train()}
        for name, way in WAYS.items():
            models[f'{2 * args.parts} teachers, {name}'] = make_distiller(Path(folder), args.parts, way)
        batch = make_batch(args.batch)

        def step(model: Any) -> None:
            losses = model(**model.data_preprocessor(dict(batch), True), mode='loss')
            model.zero_grad()
            sum(losses.values()).backward()

        ways = {name: lambda model=model: step(model) for name, model in models.items()}
        times = interleaved(ways, args.repeats, warm_up=2)
    plain = times['plain step']
    for name, values in times.items():
        # Of each round, so that what else the machine does hits all alike.
        ratio = statistics.median(value / own for value, own in zip(values, plain, strict=True))
        print(f'{name}: {statistics.median(values) * 1e3:.1f} ms, {ratio:.2f} plain steps')


if __name__ == '__main__':
    main()
