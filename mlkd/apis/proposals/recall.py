"""``recall``: how many of the annotated objects the boxes of stores cover."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlkd.apis.proposals.progress import progress
from mlkd.apis.proposals.recall_tables import number_table, part_table, recall_markdown
from mlkd.apis.proposals.sources import SPLITS, config_datasets, named_stores
from mlkd.apis.setup_config import add_override_arguments, setup_config
from mlkd.arguments import check_number
from mlkd.console import console
from mlkd.errors import DataError, MLKDError, ProposalError
from mlkd.evaluation.functional.box_recall import IOU_THRESHOLDS
from mlkd.evaluation.proposal_recall import ImageObjects, Ranks, counted_objects, rank_objects
from mlkd.evaluation.recall_summary import TOLD_IOUS, recall_curve, summarise_recall
from mlkd.fileio import atomic_write, write_json
from mlkd.proposals import ProposalStore
from mlkd.visualization import recall_plot, save_png

NUMBERS = (100, 500, 1000, 2000)
#: Boxes per image at which the plot shows recall against IoU.
_SHOWN_AT = 500
#: Splits in the order in which the one to measure on is looked for.
_PREFERRED = ('test', 'val', 'train')


@dataclass(frozen=True)
class _Truth:
    """The objects that recall is measured on."""

    split: str
    classes: Sequence[str]
    images: list[ImageObjects]
    ignored: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('stores', nargs='+', metavar='NAME.mlkd', help='stores to compare')
    parser.add_argument('--config', required=True, help='config with a data set that has boxes')
    parser.add_argument(
        '--split', choices=SPLITS, help='whose objects (default: the first of test, val, train that the stores are for)'
    )
    add_override_arguments(parser)
    parser.add_argument(
        '--numbers', nargs='+', type=int, default=NUMBERS, metavar='N', help=f'boxes per image (default {NUMBERS})'
    )
    parser.add_argument('--out', metavar='DIR', help='write recall.md, recall.json and recall.png here')
    parser.add_argument('--processes', type=int, default=os.cpu_count() or 1, metavar='N', help='default: one per core')


def run(args: argparse.Namespace) -> int:
    """Print tables, and write files where asked to.

    Returns:
        Exit code.

    Raises:
        MLKDError: If stores and data set do not belong together, or one of them is wrong.
    """
    check_number('--numbers', min(args.numbers), 1, whole=True)
    numbers = sorted(set(args.numbers))
    stores = named_stores(args.stores)
    truth = _truth(args, list(stores.values()))
    ranks, results = {}, {}
    for name, store in stores.items():
        with progress(name, len(truth.images)) as advance:
            ranks[name] = rank_objects(store, truth.images, numbers[-1], args.processes, advance)
        counts = store.counts([image.key for image in truth.images])
        results[name] = {
            'store': str(store.path),
            'generator': store.header['generator'],
            'checksum': store.header['checksum'],
            'boxes_per_image': float(counts.mean()),
            'boxes_within': {str(n): float(counts.clip(max=n).mean()) for n in numbers},
            **summarise_recall(ranks[name], truth.classes, numbers),
        }
    told = _told(args, truth)
    console.print(told['note'])
    for name, result in results.items():
        console.print(number_table(name, result).rich())
        console.print(part_table(name, result).rich())
    if args.out:
        out = Path(args.out)
        write_json(out / 'recall.json', {**told, 'stores': results})
        with atomic_write(out / 'recall.md') as file:
            file.write(recall_markdown(told['note'], results))
        save_png(_plot(ranks, numbers[-1]), out / 'recall.png')
        console.print(f'Tables and plot: {out}')
    return 0


def _truth(args: argparse.Namespace, stores: list[ProposalStore]) -> _Truth:
    """The objects of the split that was asked for, or of the first that the stores have all images of."""
    config = setup_config(args.config, args.cfg_options, args.data_root)
    preferred = [split for split in _PREFERRED if config.get(f'{split}_dataloader')]
    problems: dict[str, MLKDError] = {}
    for split in [args.split] if args.split else preferred or _PREFERRED:
        try:
            # One by one: the lists of a split that is not measured need not be there.
            datasets = config_datasets(args.config, [split], args.cfg_options, args.data_root)[split]
            entries = [dataset.get_data_info(index) for dataset in datasets for index in range(len(dataset))]
            for store in stores:
                store.check_dataset([entry['img_key'] for entry in entries])
        except (DataError, ProposalError) as error:
            problems[split] = error
            continue
        images, ignored = counted_objects(entries)
        return _Truth(split, datasets[0].metainfo['classes'], images, ignored)
    if len(problems) == 1 or not any(isinstance(error, ProposalError) for error in problems.values()):
        # Without any data no store can be said to be for other images.
        raise next(iter(problems.values()))
    lacking = [f'{split}: {error.what} {error.where}: {error.found}' for split, error in problems.items()]
    raise ProposalError(
        'The stores are not for the images of any split of the config.',
        where=args.config,
        found='\n    '.join(['', *lacking]),
        fix='name the config that the proposals were made for, or make them: tools/proposals.py generate CONFIG',
    )


def _told(args: argparse.Namespace, truth: _Truth) -> dict[str, Any]:
    """What recall was measured on, and how."""
    objects = sum(len(image.boxes) for image in truth.images)
    note = (
        f'{objects} objects in {len(truth.images)} images of split {truth.split} of {Path(args.config).name}; '
        f'{truth.ignored} that are difficult or crowds are left out. Boxes and objects are matched one to one, the '
        f'boxes in the order of their scores, classes not regarded (COCO, useCats=0). AR is the mean over '
        f'IoU {IOU_THRESHOLDS[0]:.2f} to {IOU_THRESHOLDS[-1]:.2f} in steps of 0.05.'
    )
    return {'note': note, 'split': truth.split, 'images': len(truth.images), 'ignored': truth.ignored}


def _plot(ranks: Mapping[str, Ranks], most: int) -> Any:
    at = min(_SHOWN_AT, most)
    panels: dict[str, Any] = {
        f'IoU {iou}': ('boxes per image', {n: recall_curve(r.together, iou, most) for n, r in ranks.items()})
        for iou in TOLD_IOUS
    }
    by_iou = {name: [recall_curve(r.together, iou, at)[1][-1] for iou in IOU_THRESHOLDS] for name, r in ranks.items()}
    panels[f'{at} boxes per image'] = ('IoU', {name: (IOU_THRESHOLDS, recall) for name, recall in by_iou.items()})
    return recall_plot(panels)
