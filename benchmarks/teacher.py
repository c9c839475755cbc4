"""Time and peak memory of training the VGG16 teacher, per image, beside the arithmetic floor and a plain PyTorch step.

python benchmarks/teacher.py [--sides 480 672] [--rois 500 2000] [--rounds 5] [--threads 2] [--batch 4] [--chunk 256]

The floor is the number of multiply-adds counted from shapes (forward, gradient of each weight that trains, gradient of
each map above the first layer that trains) over the rate of a large matrix product, measured before and after each
step. The plain step is torchvision's VGG16 and ``roi_pool`` as ports of WSDDN write it. Each kind of step has a process
of its own, whose peak memory is shown; they take turns. Proposals are those of Selective Search on photos of
``--images``; without photos they are drawn at random. On a machine that others use too, ``--clock cpu --threads 1``
counts the seconds of the process alone. Each kind of step holds 2 to 5 GB; ``--steps`` chooses some.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
import torchvision
from interleaved import CLOCKS
from mmengine.structures import InstanceData
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

import mlkd.models  # noqa: F401
from mlkd.datasets.transforms.load_image import read_image
from mlkd.engine.memory import peak_memory_mib, reset_peak_memory
from mlkd.models.backbones.vgg16 import STAGES
from mlkd.models.layers import distinct_rois
from mlkd.models.utils import samples_to_rois
from mlkd.proposals.generators import SelectiveSearch
from mlkd.registry import MODELS
from mlkd.structures import MultiLabelDataSample

CLASSES = 20
PLAIN = 'plain PyTorch, 1 image'
#: Images per step (0: --batch) and stages frozen.
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
    image = read_image(photo)
    boxes, _ = SelectiveSearch(short_side=200 if rois <= 500 else 500, max_boxes=rois)(image)
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


def make_step(name: str, chunk: int | None, size: int) -> Callable[[Batch], None]:
    """One training step, with gradients and the optimiser's."""
    ours, plain = build(chunk), name == PLAIN
    for stage in ours.backbone.stages[: STEPS[name]['frozen']]:
        stage.requires_grad_(False)
    network = Plain(ours).train() if plain else ours
    trained = [x for x in ours.parameters() if x.requires_grad]
    optimiser = torch.optim.SGD(trained, lr=1e-5, momentum=0.9, weight_decay=5e-4, fused=not plain)

    def step(batch: Batch) -> None:
        torch.stack([*network.loss(*batch.first(size)).values()]).sum().backward()
        optimiser.step()
        optimiser.zero_grad()

    return step


def multiply_adds(side: int, rois: float, distinct: float, frozen: int = 0) -> float:
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


class MatrixProduct:
    """A large product of float32 matrices."""

    def __init__(self, size: int = 2048) -> None:
        self.matrices = torch.randn(3, size, size)

    def rate(self, clock: Callable[[], float]) -> float:
        """1e9 multiply-adds per second."""
        a, b, out = self.matrices
        start = clock()
        torch.mm(a, b, out=out)
        return len(a) ** 3 / (clock() - start) / 1e9


def work(name: str, args: argparse.Namespace) -> None:
    """A process that does one kind of step: for each line of its input a step and a line of JSON."""
    size, clock = STEPS[name]['batch'] or args.batch, CLOCKS[args.clock]
    batch = Batch(size, args.sides[0], args.rois[0], sorted(args.images.rglob('*.jpg'))[:size])
    step, product = make_step(name, args.chunk, size), MatrixProduct()
    boxes = samples_to_rois(batch.samples)[0]
    distinct = distinct_rois(MODELS.build({'type': 'FastRCNNRoIPool'}).cells(boxes))[0]
    counts = {'rois': len(boxes) / size, 'distinct': len(distinct) / size}
    reset_peak_memory()
    for _ in sys.stdin:
        before, start = product.rate(clock), clock()
        step(batch)
        seconds = (clock() - start) / size
        rate = (before + product.rate(clock)) / 2
        print(json.dumps({'seconds': seconds, 'rate': rate, 'peak': peak_memory_mib()['rss'], **counts}), flush=True)


class Worker:
    """The process of one kind of step."""

    def __init__(self, name: str, side: int, rois: int, args: argparse.Namespace) -> None:
        own = ['--sides', str(side), '--rois', str(rois), '--work', name, '--images', str(args.images)]
        own += ['--batch', str(args.batch), '--threads', str(args.threads), '--clock', args.clock]
        own += ['--chunk', str(args.chunk)] if args.chunk else []
        # The plain step gets its memory as without mlkd: malloc counts as tuned, with the value that it has anyway.
        environment = {**os.environ, 'GLIBC_TUNABLES': 'glibc.malloc.perturb=0'} if name == PLAIN else None
        command = [sys.executable, __file__, *own]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def step(self) -> dict[str, float]:
        """Do one step and say how long it took."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write('\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        """Let the process end."""
        self.process.communicate()


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
    parser.add_argument('--work', choices=list(STEPS), help=argparse.SUPPRESS)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    if args.work:
        logging.disable(logging.INFO)
        work(args.work, args)
        return
    for side in args.sides:
        for rois in args.rois:
            show(measure(side, rois, args), side, rois, args)


def measure(side: int, rois: int, args: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    """What each worker says of each round; the first, which makes the optimiser's buffers, is left out."""
    workers = {name: Worker(name, side, rois, args) for name in args.steps}
    said: dict[str, list[dict[str, float]]] = {name: [] for name in workers}
    for turn in range(args.rounds + 1):
        for name, worker in workers.items():
            one = worker.step()
            print(f'{side} px, {rois} RoIs, turn {turn}, {name}: {one}', file=sys.stderr)
            if turn:
                said[name].append(one)
    for worker in workers.values():
        worker.end()
    return said


def show(said: dict[str, list[dict[str, float]]], side: int, rois: int, args: argparse.Namespace) -> None:
    """Print one case's table."""
    first = next(iter(said.values()))
    turns = f'median of {args.rounds}, {args.threads} threads, {args.clock} time'
    table = Table(title=f'{side} px, {rois} RoIs, batch {args.batch}, chunk {args.chunk}, {turns}')
    columns = ('s / image', 'G mul-add', 'floor s', 'share', 'share of plain floor', 'times the first', 'peak MiB')
    for column in ('', *columns):
        table.add_column(column, justify='left' if not column else 'right')
    for name, rounds in said.items():
        one = rounds[-1]
        full = multiply_adds(side, one['rois'], one['rois'])
        distinct = one['rois'] if name == PLAIN else one['distinct']
        own = multiply_adds(side, one['rois'], distinct, STEPS[name]['frozen'])
        numbers = (
            statistics.median(x['seconds'] for x in rounds),
            statistics.median(own / x['rate'] for x in rounds),
            statistics.median(own / x['rate'] / x['seconds'] for x in rounds),
            statistics.median(full / x['rate'] / x['seconds'] for x in rounds),
            statistics.median(x['seconds'] / y['seconds'] for x, y in zip(rounds, first, strict=True)),
        )
        seconds, floor, *shares = (f'{number:.2f}' for number in numbers)
        table.add_row(name, seconds, f'{own:.0f}', floor, *shares, f'{one["peak"]:.0f}')
    Console(width=140).print(table)


if __name__ == '__main__':
    main()
