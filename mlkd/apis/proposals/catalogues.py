"""Catalogues of images: a folder, a list, or the data sets that a config names."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, cast

import numpy as np

from mlkd.apis.proposals.sources import CONFIGS, config_datasets, image_source
from mlkd.proposals.image_catalogue import ImageCatalogue, ImageRecord
from mlkd.proposals.make import dataset_name
from mlkd.proposals.readers import FileReader


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
    if path.suffix in CONFIGS:
        return _of_config(path, args)
    keys, read, name = image_source(path, args)
    paths = cast(FileReader, read).paths
    return ImageCatalogue([ImageRecord(key, path) for key, path in zip(keys, paths, strict=True)], name)


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
    upright = bool(entry.get('upright'))
    return ImageRecord(entry['img_key'], entry['img_path'], entry.get('img_id'), size, label, upright)
