"""Time and peak memory of training the VGG16 teacher, per image, beside the arithmetic floor and a plain PyTorch step.

python benchmarks/teacher.py [--sides 480 672] [--rois 500 2000] [--rounds 5] [--threads 2] [--batch 4] [--chunk 256]

The floor is the number of multiply-adds counted from shapes (forward, gradient of each weight that trains, gradient of
each map above the first layer that trains) over the rate of a large matrix product, measured in turns with the steps.
The plain step is torchvision's VGG16 and ``roi_pool`` as ports of WSDDN write it. All steps share one set of weights.
Peak memory is that of a process of its own. Proposals are those of Selective Search on photos of ``--images``. On a
machine that others use too, ``--clock cpu --threads 1`` counts the seconds of the process alone.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import torch
import torch.nn.functional as F
import torchvision
from mmengine.structures import InstanceData
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

import mlkd.models  # noqa: F401
from mlkd.engine.memory import peak_memory_mib, reset_peak_memory
from mlkd.models.backbones.vgg16 import STAGES
from mlkd.models.layers import distinct_rois
from mlkd.models.utils import samples_to_rois
from mlkd.proposals.generators import SelectiveSearch
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

CLOCKS: dict[str, Callable[[], float]] = {'wall': time.perf_counter, 'cpu': time.process_time}
CLASSES = 20
MATRIX = 2048
PLAIN = 'plain PyTorch, 1 image'
#: Name, images per step (0: --batch), stages frozen, whether the plain step runs.
STEPS: dict[str, dict[str, int]] = {
    PLAIN: {'batch': 1, 'frozen': 0},
    'mlkd, 1 image': {'batch': 1, 'frozen': 0},
    'mlkd, batch': {'batch': 0, 'frozen': 0},
    'mlkd, conv1-2 frozen, 1 image': {'batch': 1, 'frozen': 2},
    'mlkd, conv1-2 frozen, batch': {'batch': 0, 'frozen': 2},
}


class Batch:
    """Square views and their proposals.

    Args:
        size: Images.
        side: Pixels of a view.
        rois: Proposals per image.
        photos: Images that Selective Search is run on; without any, boxes are drawn at random.
    """

    def __init__(self, size: int, side: int, rois: int, photos: list[Path]) -> None:
        self.inputs = torch.randn(size, 3, side, side)
        self.samples = []
        for index in range(size):
            boxes = search(photos[index % len(photos)], side, rois) if photos else draw(side, rois)
            sample = MultiLabelDataSample(metainfo={'img_shape': (side, side)})
            sample.proposals = InstanceData(bboxes=boxes, scores=torch.linspace(0.2, 0.01, len(boxes)))
            self.samples.append(sample.set_gt_label((torch.arange(CLASSES) == index).long()))

    def first(self, size: int) -> tuple[Tensor, list[MultiLabelDataSample]]:
        """The first images."""
        return self.inputs[:size], self.samples[:size]


def search(photo: Path, side: int, rois: int) -> Tensor:
    """Proposals of a photo in a square view of it."""
    image = cv2.imread(str(photo))
    boxes, _ = SelectiveSearch(mode='quality', short_side=250, max_boxes=rois)(image)
    height, width = image.shape[:2]
    return torch.from_numpy(boxes) * torch.tensor([side / width, side / height] * 2)


def draw(side: int, rois: int) -> Tensor:
    """Random boxes of 20 pixels and more."""
    low, high = (torch.rand(rois, 2, 2) * (side - 20)).sort(1).values.unbind(1)
    return torch.cat([low, high + 20], 1)


class Plain(nn.Module):
    """WSDDN as ports write it, on the weights of ours."""

    def __init__(self, ours: Any) -> None:
        super().__init__()
        vgg = torchvision.models.vgg16(weights=None, init_weights=False)
        self.features, self.classifier = vgg.features[:30], vgg.classifier[:6]
        convs = [layer for layer in ours.backbone.modules() if isinstance(layer, nn.Conv2d)]
        mine = [layer for layer in self.modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]
        for layer, source in zip(mine, [*convs, ours.roi_head.fc6, ours.roi_head.fc7], strict=True):
            layer.weight, layer.bias = source.weight, source.bias
        self.fc_cls, self.fc_det = ours.bbox_head.fc_cls, ours.bbox_head.fc_det

    def loss(self, inputs: Tensor, samples: list[MultiLabelDataSample]) -> dict[str, Tensor]:
        """Loss of one image."""
        rois, scores = samples_to_rois(samples)
        pooled = torchvision.ops.roi_pool(self.features(inputs), rois, 7, 1 / 16)
        x = self.classifier((pooled * (10 * scores + 1)[:, None, None, None]).flatten(1))
        p = (self.fc_cls(x).softmax(1) * self.fc_det(x).softmax(0)).sum(0).clamp(1e-4, 1 - 1e-4)
        return {'loss': F.binary_cross_entropy(p, samples[0].gt_label.float(), reduction='sum')}


def build(chunk: int | None) -> Any:
    """The teacher as published, with Fast R-CNN's RoI pooling."""
    model = MODELS.build(
        {
            'type': 'WSDDN',
            'backbone': {'type': 'VGG16'},
            'roi_extractor': {'type': 'FastRCNNRoIPool'},
            'roi_head': {'type': 'FC67'},
            'bbox_head': {'type': 'WSDDNHead', 'num_classes': CLASSES, 'in_channels': 4096},
            'roi_chunk': chunk,
        }
    )
    model.init_weights()
    return model.train()


def make_steps(args: argparse.Namespace, names: list[str]) -> dict[str, Callable[[Batch], None]]:
    """Training steps by name, all of one set of weights."""
    ours = build(args.chunk)
    # A rate that moves nothing, so that all steps go on seeing the same network.
    sgd: dict[str, Any] = {'lr': 1e-9, 'momentum': 0.9, 'weight_decay': 5e-4}
    networks = {True: Plain(ours).train(), False: ours}
    optimisers = {plain: torch.optim.SGD(ours.parameters(), fused=not plain, **sgd) for plain in (True, False)}

    def step(batch: Batch, name: str) -> None:
        setting, plain = STEPS[name], name == PLAIN
        ours.requires_grad_(True).zero_grad()
        for stage in ours.backbone.stages[: setting['frozen']]:
            stage.requires_grad_(False)
        sum(networks[plain].loss(*batch.first(setting['batch'] or args.batch)).values()).backward()
        optimisers[plain].step()

    return {name: lambda batch, name=name: step(batch, name) for name in names}


def multiply_adds(side: int, rois: int, distinct: int, frozen: int = 0) -> float:
    """Of a training step for one image, in 1e9.

    Args:
        side: Of the view.
        rois: Whose fc7 and heads are computed.
        distinct: Whose fc6 is.
        frozen: Stages that do not train.
    """
    total, channels_in, trained_below = 0.0, 3, False
    for stage, (channels, depth) in enumerate(STAGES):
        for _ in range(depth):
            trains = stage >= frozen
            forward = (side >> stage) ** 2 * 9 * channels_in * channels
            total += forward * (1 + trains + trained_below)
            channels_in, trained_below = channels, trained_below or trains
    roi_head = distinct * 512 * 49 * 4096 + rois * (4096 * 4096 + 2 * 4096 * CLASSES)
    return (total + 3 * roi_head) / 1e9


def matrix_rate(clock: Callable[[], float]) -> float:
    """1e9 multiply-adds per second of a float32 matrix product."""
    a, b = torch.randn(2, MATRIX, MATRIX)
    start = clock()
    torch.mm(a, b)
    return MATRIX**3 / (clock() - start) / 1e9


def peak_of(name: str, side: int, rois: int, args: argparse.Namespace) -> float:
    """Peak memory in MiB of a process that does two steps and nothing else."""
    own = ['--sides', str(side), '--rois', str(rois), '--peak-of', name, '--images', str(args.images)]
    own += [
        '--batch',
        str(args.batch),
        '--threads',
        str(args.threads),
        *(['--chunk', str(args.chunk)] * bool(args.chunk)),
    ]
    return float(subprocess.check_output([sys.executable, __file__, *own], text=True).split()[-1])


def main() -> None:
    """Measure in turns; a table for each side and number of RoIs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--sides', type=int, nargs='+', default=[480])
    parser.add_argument('--rois', type=int, nargs='+', default=[500])
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--clock', choices=list(CLOCKS), default='wall', help='cpu where others use the machine too')
    parser.add_argument('--batch', type=int, default=4, help='images per step, where they share one')
    parser.add_argument('--chunk', type=int, default=None, help='roi_chunk of the teacher')
    parser.add_argument('--images', type=Path, default=Path('data/voc07_mini'), help='photos for Selective Search')
    parser.add_argument('--steps', nargs='+', default=list(STEPS), choices=list(STEPS))
    parser.add_argument('--peak-of', choices=list(STEPS), help=argparse.SUPPRESS)
    args = parser.parse_args()
    logging.disable(logging.INFO)
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    photos = sorted(args.images.rglob('*.jpg'))[: args.batch]
    if args.peak_of:
        steps = make_steps(args, [args.peak_of])
        batch = Batch(STEPS[args.peak_of]['batch'] or args.batch, args.sides[0], args.rois[0], photos)
        reset_peak_memory()
        for _ in range(2):
            steps[args.peak_of](batch)
        print(peak_memory_mib()['rss'])
        return
    for side in args.sides:
        for rois in args.rois:
            show(side, Batch(args.batch, side, rois, photos), args, rois)


def show(side: int, batch: Batch, args: argparse.Namespace, rois: int) -> None:
    """Measure one case and print its table."""
    steps, clock = make_steps(args, args.steps), CLOCKS[args.clock]
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    rates: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(args.rounds + 1):
        for name, step in steps.items():
            before, start = matrix_rate(clock), clock()
            step(batch)
            taken = (clock() - start) / (STEPS[name]['batch'] or args.batch)
            print(f'turn {turn}, {name}: {taken:.2f} s', file=sys.stderr)
            if turn:  # The first turn makes the optimisers' buffers.
                seconds[name].append(taken)
                rates[name].append((before + matrix_rate(clock)) / 2)
    del steps
    layer = MODELS.build({'type': 'FastRCNNRoIPool'})
    first = args.steps[0]
    turns = f'median of {args.rounds}, {args.threads} threads, {args.clock} time'
    table = Table(title=f'{side} px, {rois} RoIs, batch {args.batch}, {turns}')
    for column in ('', 's / image', 'Gmul-add', 'floor s', 'share', 'share of plain floor', f'/ {first}', 'peak MiB'):
        table.add_column(column, justify='left' if not column else 'right')
    for name in seconds:
        size = STEPS[name]['batch'] or args.batch
        boxes = samples_to_rois(batch.samples[:size])[0]
        counts = len(boxes) / size, len(distinct_rois(layer.cells(boxes))[0]) / size
        full = multiply_adds(side, counts[0], counts[0])
        own = full if name == PLAIN else multiply_adds(side, *counts, STEPS[name]['frozen'])
        pairs = list(zip(seconds[name], rates[name], strict=True))
        ratio = statistics.median(a / b for a, b in zip(seconds[name], seconds[first], strict=True))
        table.add_row(
            name,
            f'{statistics.median(seconds[name]):.2f}',
            f'{own:.0f}',
            f'{statistics.median(own / rate for _, rate in pairs):.2f}',
            f'{statistics.median(own / rate / taken for taken, rate in pairs):.2f}',
            f'{statistics.median(full / rate / taken for taken, rate in pairs):.2f}',
            f'{ratio:.2f}',
            f'{peak_of(name, side, rois, args):.0f}',
        )
    Console(width=140).print(table)


if __name__ == '__main__':
    main()
