"""Pieces of all key points in one pass against a pass for each, and class-specific instances in both forms.

Run: ``python benchmarks/oass_patches.py [--repeats 5] [--batch 8] [--side 256] [--width 0.25] [--channels 256]``; on a
machine that others use too with ``--clock cpu --threads 1``.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from interleaved import CLOCKS, interleaved
from torch.profiler import ProfilerActivity, profile

import mlkd.models  # noqa: F401
from mlkd.distillers.outputs import NetworkOutputs
from mlkd.distillers.terms.patch_network import PatchNorm, piece_maps
from mlkd.models.layers import ClassInstances, KeyPointFinder, KeyPoints, cut_views, merge_maps, normalised_maps
from mlkd.registry import MODELS

CLASSES = 20
#: How the batch norm of the pieces goes, which decides how many passes there are.
NORMS: dict[str, PatchNorm] = {'loop': 'per_keypoint', 'joint': 'joint'}


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


def patch_passes(args: argparse.Namespace) -> dict[str, dict[str, Callable[[], object]]]:
    """The passes of the pieces alone, and the whole patch branch from class maps to merged maps, in both ways."""
    network, views = make_network(args.width, args.side), torch.randn(args.batch, 3, args.side, args.side)
    # Two classes per image.
    present = torch.rand(args.batch, CLASSES).argsort(1) < 2
    outputs = NetworkOutputs(network, lambda: None, frozen=True)  # type: ignore[arg-type, return-value]
    with torch.no_grad():
        maps = network.head.class_maps(network.extract_feat(views)[-1])
    size, grid = (args.side, args.side), (maps.shape[-2], maps.shape[-1])

    def find() -> KeyPoints:
        return KeyPointFinder('ctopkw')(normalised_maps(maps), present, size)

    def merged(norm: Any) -> object:
        keys = find()
        return merge_maps(piece_maps(outputs, cut_views(views, keys), norm), keys, size, grid)

    pieces = cut_views(views, find())
    return {
        'passes': {way: partial(piece_maps, outputs, pieces, norm) for way, norm in NORMS.items()},
        'patches': {way: partial(merged, norm) for way, norm in NORMS.items()},
    }


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
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--clock', choices=list(CLOCKS), default='wall', help='cpu where others use the machine too')
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    for name, ways in {**patch_passes(args), 'instances': instance_steps(args)}.items():
        times = interleaved(ways, args.repeats, warm_up=1, clock=CLOCKS[args.clock])
        for way, seconds in times.items():
            print(f'{name}, {way}: {statistics.median(seconds) * 1e3:.1f} ms, {peak_mib(ways[way]):.1f} MiB')
        slow, fast = times.values()
        ratio = statistics.median(a / b for a, b in zip(slow, fast, strict=True))
        print(f'{name}, times faster: {ratio:.2f}' + (' (aim: 3)' if name == 'patches' else ''))


if __name__ == '__main__':
    main()
