"""``generate``: makes proposals of a folder of images, of a list of them, or of the data sets of a config."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmengine.config import DictAction
from mmengine.dataset import ConcatDataset
from mmengine.utils import import_modules_from_strings
from rich.console import Console

from mlkd.apis.setup_config import setup_config
from mlkd.engine.config_errors import translated
from mlkd.engine.config_tree import dataset_configs
from mlkd.errors import ConfigError
from mlkd.proposals import DatasetReader, ProposalStore, folder_images, listed_images, make_proposals
from mlkd.proposals.make import dataset_name
from mlkd.proposals.progress import Timing
from mlkd.proposals.readers import Reader
from mlkd.proposals.sharding import Shard
from mlkd.registry import DATASETS, GENERATORS

#: Files that are configs; any other is a list of images.
CONFIG_SUFFIXES = ('.py', '.json', '.yaml', '.yml')
SPLITS = ('train', 'val', 'test')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = '\n'.join(['generators:', *(f'  {name:18}{text}' for name, text in generator_summaries().items())])
    parser.add_argument(
        'source', help='folder of images; text file with one path of an image per line; or config file with data sets'
    )
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
    parser.add_argument(
        '--import',
        nargs='+',
        default=[],
        dest='modules',
        metavar='MODULE',
        help='Python modules with generators of your own',
    )
    parser.add_argument('--name', help='name of the data set in the header (default: its own, or the folder or list)')
    parser.add_argument('--processes', type=_positive, metavar='N', help='default: one per core; one with a GPU')
    parser.add_argument(
        '--shard', metavar='I/N', help='only this of N parts, into NAME.shardIofN.mlkd; see "mlkd proposals merge"'
    )
    parser.add_argument('--restart', action='store_true', help='forget what a run that was stopped has left')
    parser.add_argument(
        '--splits', nargs='+', choices=SPLITS, default=SPLITS, help='of a config: whose data sets (default: all)'
    )
    parser.add_argument(
        '--data-root',
        metavar='DIR',
        help='of a config: points its data sets to this folder; of a list: what its paths are relative to',
    )
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
    _import(args.modules)
    shard = Shard.parse(args.shard) if args.shard else None
    generator = {'type': args.generator, **args.generator_options}
    keys, read, name = _images(args)
    timing = Timing()
    try:
        path = make_proposals(
            keys,
            read,
            generator,
            args.out,
            args.name or name,
            args.processes,
            not args.restart,
            shard=shard,
            timing=timing,
        )
    finally:
        if timing.images:
            Console(stderr=True).print(f'{args.generator}: {timing}', soft_wrap=True, highlight=False)
    print_summary(path)
    return 0


def print_summary(path: Path) -> None:
    """Say in a line what is in a store."""
    header = ProposalStore.open(path).header
    per_image = header['boxes_per_image']
    Console().print(
        f'{path}: {header["images"]} images, {header["boxes"]} boxes '
        f'({per_image["min"]} to {per_image["max"]} per image, {per_image["mean"]:.1f} on average)',
        soft_wrap=True,
        highlight=False,
    )


def generator_summaries() -> dict[str, str]:
    """By name of each generator, what it does, in a line."""
    documented = {name: inspect.getdoc(cls) or '' for name, cls in sorted(GENERATORS.module_dict.items())}
    return {name: text.partition('\n')[0].replace('`', '') for name, text in documented.items()}


def _images(args: argparse.Namespace) -> tuple[list[str], Reader, str]:
    """Keys of the images, their reader, and the name of the data set."""
    source = Path(args.source)
    if source.is_file():
        if source.suffix in CONFIG_SUFFIXES:
            return _dataset_images(args)
        return *listed_images(source, args.data_root), source.stem
    return *folder_images(source), source.resolve().name


def _import(modules: list[str]) -> None:
    try:
        import_modules_from_strings(modules)
    except ImportError as error:
        raise ConfigError(
            'A module cannot be imported.',
            where='--import',
            found=str(error).split('\n')[0],
            fix='check the spelling, or put the folder that holds it into PYTHONPATH',
        ) from error


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
