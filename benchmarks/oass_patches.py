"""Pieces of all key points in one pass against a pass for each, and class-specific instances in both forms.

Run: ``python benchmarks/oass_patches.py [--repeats 5] [--batch 8] [--side 256] [--width 0.25] [--channels 256]``
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from typing import Any

import torch
from interleaved import interleaved
from torch.profiler import ProfilerActivity, profile

import mlkd.models  # noqa: F401
from mlkd.distillers.outputs import NetworkOutputs
from mlkd.distillers.terms.patch_network import piece_maps
from mlkd.models.layers import ClassInstances, KeyPointFinder, cut_views, merge_maps, normalised_maps
from mlkd.registry import MODELS

CLASSES = 20


def make_network(width: float, side: int) -> Any:
    """A MobileNet v1 with class maps, in training mode without gradients, as an average of the student is."""
    network = MODELS.build(
        {
            'type': 'MultiLabelClassifier',
            'data_preprocessor': {'type': 'ViewPreprocessor', 'size': side},
            'backbone': {'type': 'MobileNetV1', 'width': width},
            'neck': {'type': 'LastMap'},
            'head': {'type': 'CAMHead', 'num_classes': CLASSES, 'in_channels': int(1024 * width)},
        }
    )
    return network.train().requires_grad_(False)


def patch_passes(args: argparse.Namespace) -> dict[str, Callable[[], object]]:
    """The whole patch branch, from class maps to merged maps, in both ways."""
    network, views = make_network(args.width, args.side), torch.randn(args.batch, 3, args.side, args.side)
    # Two classes per image.
    present = torch.rand(args.batch, CLASSES).argsort(1) < 2
    outputs = NetworkOutputs(network, lambda: None, frozen=True)  # type: ignore[arg-type, return-value]
    with torch.no_grad():
        maps = network.head.class_maps(network.extract_feat(views)[-1])
    grid = (maps.shape[-2], maps.shape[-1])

    def merged(norm: Any) -> object:
        keys = KeyPointFinder('ctopkw')(normalised_maps(maps), present, (args.side, args.side))
        pieces = piece_maps(outputs, cut_views(views, keys), norm)
        return merge_maps(pieces, keys, (args.side, args.side), grid)

    return {'loop': lambda: merged('per_keypoint'), 'joint': lambda: merged('joint')}


def instance_steps(args: argparse.Namespace) -> dict[str, Callable[[], object]]:
    """Forward and backward of class-specific instances on maps of 16 x 16 cells."""
    features, raw = torch.randn(args.batch, args.channels, 16, 16), torch.randn(args.batch, CLASSES, 16, 16)
    layers = {form: ClassInstances(CLASSES, args.channels, form) for form in ('direct', 'moments')}  # type: ignore[arg-type]

    def step(layer: ClassInstances) -> None:
        x, maps = features.clone().requires_grad_(), raw.clone().requires_grad_()
        layer(x, normalised_maps(maps)).square().sum().backward()

    return {form: lambda layer=layer: step(layer) for form, layer in layers.items()}  # type: ignore[misc]


def peak_mib(call: Callable[[], object]) -> float:
    """Most memory of tensors at a time during a call, above that before it."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        call()
    held = peak = 0
    for event in record.profiler.kineto_results.events():  # type: ignore[union-attr]
        if event.name() == '[memory]':
            held += event.nbytes()
            peak = max(peak, held)
    return peak / 2**20


def main() -> None:
    """Measure in turns, print medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--repeats', type=int, default=5)
    parser.add_argument('--batch', type=int, default=8)
    parser.add_argument('--side', type=int, default=256)
    parser.add_argument('--width', type=float, default=0.25)
    parser.add_argument('--channels', type=int, default=256)
    args = parser.parse_args()
    torch.manual_seed(0)
    for name, ways in (('patches', patch_passes(args)), ('instances', instance_steps(args))):
        times = interleaved(ways, args.repeats, warm_up=1)
        for way, seconds in times.items():
            print(f'{name}, {way}: {statistics.median(seconds) * 1e3:.1f} ms, {peak_mib(ways[way]):.1f} MiB')
        slow, fast = times.values()
        ratio = statistics.median(a / b for a, b in zip(slow, fast, strict=True))
        print(f'{name}, times faster: {ratio:.2f}' + (' (aim: 3)' if name == 'patches' else ''))


if __name__ == '__main__':
    main()
