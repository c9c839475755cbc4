"""``generate``: makes proposals of one's own images or of the data sets of a config."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import DictAction
from mmengine.dataset import ConcatDataset
from rich.console import Console

from mlkd.apis.setup_config import setup_config
from mlkd.engine.config_errors import translated
from mlkd.engine.config_tree import dataset_configs
from mlkd.errors import ConfigError
from mlkd.proposals import DatasetReader, ProposalStore, folder_images, make_proposals
from mlkd.proposals.make import dataset_name
from mlkd.proposals.readers import Reader
from mlkd.registry import DATASETS

SPLITS = ('train', 'val', 'test')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.add_argument('source', help='folder of images, or config file with data sets')
    parser.add_argument('--out', required=True, metavar='NAME.mlkd', help='the store')
    parser.add_argument('--generator', default='SelectiveSearch', metavar='TYPE', help='default: %(default)s')
    parser.add_argument(
        '--generator-options',
        nargs='+',
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='its settings: mode=quality short_side=300 max_boxes=1000',
    )
    parser.add_argument('--name', help='name of the data set in the header (default: its own, or the folder)')
    parser.add_argument('--processes', type=_positive, metavar='N', help='default: one per core')
    parser.add_argument('--restart', action='store_true', help='forget what a run that was stopped has left')
    parser.add_argument(
        '--splits', nargs='+', choices=SPLITS, default=SPLITS, help='of a config: whose data sets (default: all)'
    )
    parser.add_argument('--data-root', metavar='DIR', help='of a config: points its data sets to this folder')
    parser.add_argument(
        '--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE', help='of a config: override keys'
    )


def run(args: argparse.Namespace) -> int:
    """Make the store and say what is in it.

    Returns:
        Exit code.

    Raises:
        MLKDError: If anything that a person can mend is wrong.
    """
    source = Path(args.source)
    if source.is_file():
        keys, read, name = _dataset_images(args)
    else:
        keys, read = folder_images(source)
        name = source.resolve().name
    generator = {'type': args.generator, **args.generator_options}
    path = make_proposals(keys, read, generator, args.out, args.name or name, args.processes, not args.restart)
    header = ProposalStore.open(path).header
    per_image = header['boxes_per_image']
    Console().print(
        f'{path}: {header["images"]} images, {header["boxes"]} boxes '
        f'({per_image["min"]} to {per_image["max"]} per image, {per_image["mean"]:.1f} on average)',
        soft_wrap=True,
        highlight=False,
    )
    return 0


def _dataset_images(args: argparse.Namespace) -> tuple[list[str], Reader, str]:
    """Keys, reader and name of the data sets of a config, each image once."""
    config = setup_config(args.source, args.cfg_options, args.data_root)
    datasets: list[Any] = []
    for plain in _plain_configs(config, args.splits):
        with translated({'dataset': plain}, 'dataset'):
            datasets.append(DATASETS.build(plain))
            datasets[-1].full_init()
    if not datasets:
        raise ConfigError(
            'The config names no data set.',
            where=args.source,
            expected=' or '.join(f'{split}_dataloader' for split in args.splits),
            fix='give the config of a training, or a folder of images',
        )
    # Each has labels of its own in its metainfo; only the images matter here.
    whole = ConcatDataset(datasets, ignore_keys=sorted({key for dataset in datasets for key in dataset.metainfo}))
    seen: dict[str, int] = {}
    for index, key in enumerate(DatasetReader(whole).keys):
        seen.setdefault(key, index)
    reader = DatasetReader(whole, list(seen.values()))
    return list(seen), reader, dataset_name(datasets[0])


def _plain_configs(config: Any, splits: list[str]) -> Iterator[dict[str, Any]]:
    """Configs of the data sets, each once, without what does not say which images they have."""
    done: list[dict[str, Any]] = []
    for split in splits:
        for dataset in dataset_configs(config.get(f'{split}_dataloader')):
            skip = ('pipeline', 'proposal_file', 'empty_proposals', 'folds')
            plain = {key: value for key, value in dataset.items() if key not in skip}
            if plain not in done:
                done.append(plain)
                yield dict(plain)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f'{value} is not at least 1')
    return value
