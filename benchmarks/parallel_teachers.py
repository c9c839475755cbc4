"""Training steps of 2K teachers together on one stream of images, against one teacher after the other.

Run: ``python benchmarks/parallel_teachers.py [--config configs/psd/mobilenetv1_voc07.py] [--parts 5] [--together 10]``

Both do the same steps on the same images; loading them, their view, frozen layers and the networks' own steps are
timed. ``--together 5`` has half of the teachers in each group, as where two processes share them. On a machine that
others use too, ``--clock cpu --threads 1`` counts the seconds of the process alone.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from typing import Any

import torch
from interleaved import CLOCKS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.logging import MMLogger
from mmengine.registry import DefaultScope
from rich.console import Console
from rich.table import Table

import mlkd.datasets
import mlkd.distillers  # noqa: F401
from mlkd.engine import GroupOptimWrapperConstructor, NetworkGroup
from mlkd.engine.parts.group_config import group_config
from mlkd.engine.parts.label_part import LabelPart, label_parts
from mlkd.engine.recipe import Recipe
from mlkd.partition.random_parts import random_parts
from mlkd.registry import DATASETS, MODELS


class Training:
    """The steps of some networks on batches of a data set.

    Args:
        stage: Config of the stage.
        parts: Labels of each network.
        together: How many networks share a stream.
        dataset: The training set.
    """

    def __init__(self, stage: dict[str, Any], parts: Sequence[LabelPart], together: int, dataset: Any) -> None:
        self.dataset, self.size = dataset, stage['train_dataloader']['batch_size']
        self.groups: list[tuple[NetworkGroup, Any]] = []
        for start in range(0, len(parts), together):
            config = group_config(stage, parts[start : start + together], dataset.metainfo['classes'])
            group = MODELS.build(config['model'])
            group.init_weights()
            optimisers = GroupOptimWrapperConstructor({'each': config['optim_wrapper']['each']})(group)
            self.groups.append((group.train(), optimisers))

    def step(self, turn: int) -> None:
        """One step of each network on the batch of that number; each group loads it."""
        for group, optimisers in self.groups:
            batch = [self.dataset[(turn * self.size + i) % len(self.dataset)] for i in range(self.size)]
            torch.manual_seed(turn)
            group.train_step(pseudo_collate(batch), optimisers)


def prepare(args: argparse.Namespace) -> dict[str, Training]:
    """Both ways, on the same parts and images."""
    recipe = Recipe(Config.fromfile(args.config))
    stage = recipe.described('teachers')
    data = dict(stage['train_dataloader']['dataset'])
    data['num_images' if 'num_images' in data else 'indices'] = args.images
    if args.batch:
        stage['train_dataloader']['batch_size'] = args.batch
    dataset = DATASETS.build(data)
    dataset.full_init()
    classes = dataset.metainfo['classes']
    parts: list[LabelPart] = []
    for seed in (0, 1):
        assignment = random_parts(len(classes), args.parts, seed)
        labels = [[name for name, own in zip(classes, assignment, strict=True) if own == k] for k in range(args.parts)]
        parts += label_parts(labels, classes)
    together = args.together or len(parts)
    return {
        'one after the other': Training(stage, parts, 1, dataset),
        f'{together} together': Training(stage, parts, together, dataset),
    }


def main() -> None:
    """Measure in turns, print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--config', default='configs/psd/mobilenetv1_voc07.py')
    parser.add_argument('--parts', type=int, default=5, help='K; there are 2K teachers')
    parser.add_argument('--together', type=int, help='networks on one stream (default: all)')
    parser.add_argument('--rounds', type=int, default=10)
    parser.add_argument('--images', type=int, default=256, help='of the training set; each is met before it is timed')
    parser.add_argument('--batch', type=int, help='images per step (default: as in the config)')
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--clock', choices=list(CLOCKS), default='wall', help='cpu where others use the machine too')
    args = parser.parse_args()
    MMLogger.get_instance('parallel_teachers', log_level='ERROR')
    torch.set_num_threads(args.threads)
    with DefaultScope.overwrite_default_scope('mlkd'):
        ways = prepare(args)
        clock, seconds = CLOCKS[args.clock], {name: [] for name in ways}  # type: ignore[var-annotated]
        # As in all epochs but the first, what frozen layers make of the images is there.
        known = -(-args.images // next(iter(ways.values())).size) if args.rounds > 1 else 1
        for turn in range(-known, args.rounds):
            for name, way in ways.items():
                start = clock()
                way.step(turn % known)
                if turn >= 0:
                    seconds[name].append(clock() - start)
    table = Table(title=f'{2 * args.parts} teachers of {args.config}, {args.threads} threads, {args.clock} time')
    for column in ('', 'ms of all for a batch', 'ms of one'):
        table.add_column(column, justify='right' if column else 'left')
    for name, times in seconds.items():
        median = 1e3 * statistics.median(times)
        table.add_row(name, f'{median:.1f}', f'{median / (2 * args.parts):.1f}')
    Console(width=120).print(table)
    alone, together = seconds.values()
    ratios = [a / b for a, b in zip(alone, together, strict=True)]
    print(f'together faster: {statistics.median(ratios):.2f} times (aim: 1.5 for small networks)')


if __name__ == '__main__':
    main()
