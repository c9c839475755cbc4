"""Catalogues of images: a folder, a list, or the data sets that a config names."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.apis.proposals.sources import config_datasets
from mlkd.errors import DataError
from mlkd.proposals.image_catalogue import ImageCatalogue, ImageRecord
from mlkd.proposals.make import dataset_name
from mlkd.proposals.readers import folder_images

_LISTS = ('.txt', '.lst', '.list')


def image_catalogue(path: str | Path, args: argparse.Namespace) -> ImageCatalogue:
    """The images that proposals are for.

    Args:
        path: A folder of images; a text file with the path of an image on each line, relative to ``args.data_root``
            (without it, to the file's folder), where empty lines and those that begin with # are skipped; or a config
            file.
        args: With the arguments of :func:`~mlkd.apis.proposals.sources.add_config_options`.

    Returns:
        The images in order: those of a folder by name, those of a config as its data sets have them, each once.

    Raises:
        ConfigError: If the config is wrong or names no data set.
        DataError: If there is no image, or one of the list is not there.
    """
    path = Path(path)
    if path.suffix in _LISTS and not path.is_dir():
        return _listed(path, Path(args.data_root or path.parent))
    if path.is_file():
        return _of_config(path, args)
    keys, read = folder_images(path)
    return ImageCatalogue([ImageRecord(key, read.paths[i]) for i, key in enumerate(keys)], path.resolve().name)


def _listed(path: Path, root: Path) -> ImageCatalogue:
    try:
        lines = [line.strip() for line in path.read_text(encoding='utf-8').splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError('A list of images cannot be read.', where=path, found=error, fix='check the path') from error
    names = [line for line in lines if line and not line.startswith('#')]
    missing = [name for name in names if not (root / name).is_file()]
    if missing or not names:
        raise DataError(
            f'{len(missing)} of {len(names)} images of a list are not there.'
            if names
            else 'A list of images is empty.',
            where=path,
            found=', '.join(missing[:5]) or None,
            expected=f'paths of image files below {root}',
            fix='give --data-root DIR, the folder that the paths in the list begin in',
        )
    keys = [Path(name).relative_to(root).as_posix() if Path(name).is_relative_to(root) else name for name in names]
    absolute = [key for key in keys if key.startswith('/')]
    if absolute:
        raise DataError(
            'A path of a list is absolute and lies elsewhere.',
            where=path,
            found=absolute[0],
            fix='give --data-root DIR',
        )
    keys = [key.removeprefix('./') for key in keys]
    return ImageCatalogue([ImageRecord(key, str(root / key)) for key in keys], path.stem)


def _of_config(path: Path, args: argparse.Namespace) -> ImageCatalogue:
    built = config_datasets(path, args.splits, args.cfg_options, args.data_root)
    datasets = [dataset for of_split in built.values() for dataset in of_split]
    records: dict[str, ImageRecord] = {}
    for dataset in datasets:
        for index in range(len(dataset)):
            record = _record(dataset.get_data_info(index))
            records.setdefault(record.key, record)
    return ImageCatalogue(list(records.values()), dataset_name(datasets[0]))


def _record(entry: dict[str, Any]) -> ImageRecord:
    size = (int(entry['height']), int(entry['width'])) if {'height', 'width'} <= set(entry) else None
    if 'render' in entry:
        # An image that is drawn has no file.
        return ImageRecord(entry['img_key'], None, entry.get('img_id'), size or entry['render']().shape[:2])
    label = entry.get('gt_label')
    label = None if label is None else np.asarray(label, np.int8)
    return ImageRecord(entry['img_key'], entry['img_path'], entry.get('img_id'), size, label)
