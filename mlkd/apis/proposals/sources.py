"""Where images come from: a folder, a list, or the data sets that a config names."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.dataset import ConcatDataset

from mlkd.apis.setup_config import add_options_argument, setup_config
from mlkd.engine.config_errors import translated
from mlkd.engine.config_tree import dataset_configs
from mlkd.errors import ConfigError, DataError
from mlkd.proposals import DatasetReader, ProposalStore, folder_images, listed_images
from mlkd.proposals.make import dataset_name
from mlkd.proposals.readers import SUFFIXES, ImageReader
from mlkd.registry import DATASETS

SPLITS = ('train', 'val', 'test')
#: Files that are configs; any other is a list of images.
CONFIGS = ('.py', '.yaml', '.yml', '.json')
#: Arguments that do not say which images a data set has.
_NOT_IMAGES = ('pipeline', 'proposal_file', 'empty_proposals', 'folds')


class ImageSource(NamedTuple):
    """Images by key.

    Attributes:
        keys: Each once.
        read: Gives the image at a position of ``keys``, uint8 (H, W, 3) BGR.
        name: Of the data set, the folder or the list.
    """

    keys: list[str]
    read: ImageReader
    name: str


def add_config_options(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which data sets of a config are meant."""
    parser.add_argument(
        '--splits', nargs='+', choices=SPLITS, default=SPLITS, help='of a config: whose data sets (default: all)'
    )
    parser.add_argument(
        '--data-root',
        metavar='DIR',
        help='of a config: points its data sets to this folder; of a list: what its paths are relative to',
    )
    add_options_argument(parser)


def image_source(path: str | Path, args: argparse.Namespace) -> ImageSource:
    """The images below a folder, of a list, or of the data sets of a config, each once.

    Args:
        path: Folder, text file with one path of an image per line, or config file.
        args: With the arguments of :func:`add_config_options`.

    Raises:
        ConfigError: If the config is wrong or names no data set.
        DataError: If there is no image.
    """
    path = Path(path)
    if path.suffix not in CONFIGS:
        if path.suffix.lower() in SUFFIXES and path.is_file():
            fix = f'name its folder, {path.parent}, or a text file in which its path stands'
            raise DataError('This is an image, and not a list of images.', where=path, fix=fix)
        if path.is_file():
            return ImageSource(*listed_images(path, args.data_root), path.stem)
        return ImageSource(*folder_images(path), path.resolve().name)
    built = config_datasets(path, args.splits, args.cfg_options, args.data_root)
    datasets = [dataset for of_split in built.values() for dataset in of_split]
    # Each has labels of its own in its metainfo; only the images matter here.
    whole = ConcatDataset(datasets, ignore_keys=sorted({key for dataset in datasets for key in dataset.metainfo}))
    seen: dict[str, int] = {}
    for index, key in enumerate(DatasetReader(whole).keys):
        seen.setdefault(key, index)
    return ImageSource(list(seen), DatasetReader(whole, list(seen.values())), dataset_name(datasets[0]))


def named_stores(paths: Sequence[str | Path]) -> dict[str, ProposalStore]:
    """Open stores; they are called as their folders, or where these are not different, as their paths.

    Raises:
        ConfigError: If one is named twice.
        ProposalError: If one cannot be opened.
    """
    stores = [ProposalStore.open(path) for path in paths]
    for names in ([store.path.name.removesuffix('.mlkd') for store in stores], [str(store.path) for store in stores]):
        if len(set(names)) == len(names):
            return dict(zip(names, stores, strict=True))
    raise ConfigError('A store is named twice.', found=', '.join(map(str, paths)), expected='each store once')


def config_datasets(
    path: str | Path,
    splits: Sequence[str] = SPLITS,
    options: Mapping[str, Any] | None = None,
    data_root: str | None = None,
) -> dict[str, list[Any]]:
    """Build the data sets of a config's data loaders, each once.

    Args:
        path: The config file.
        splits: Whose.
        options: Values by dotted key (``--cfg-options``).
        data_root: Folder of the data, for all data sets.

    Returns:
        By split those that no split before it has; splits without any are left out.

    Raises:
        ConfigError: If the config is wrong or names no data set.
        DataError: If data are missing or wrong.
    """
    config = setup_config(path, options, data_root)
    built: dict[str, list[Any]] = {}
    for split, plain in _plain_configs(config, splits):
        with translated({'dataset': plain}, 'dataset'):
            dataset = DATASETS.build(plain)
            dataset.full_init()
        built.setdefault(split, []).append(dataset)
    if not built:
        raise ConfigError(
            'The config names no data set.',
            where=path,
            expected=' or '.join(f'{split}_dataloader' for split in splits),
            fix='give the config of a training, or a folder of images',
        )
    return built


def _plain_configs(config: Any, splits: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    done: list[dict[str, Any]] = []
    for split in splits:
        for dataset in dataset_configs(config.get(f'{split}_dataloader')):
            plain = {key: value for key, value in dataset.items() if key not in _NOT_IMAGES}
            if plain not in done:
                done.append(plain)
                yield split, dict(plain)
