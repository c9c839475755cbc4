"""Apparel: photos of garments, each of one colour."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mlkd.arguments import check_choice
from mlkd.datasets.base import MultiLabelDataset
from mlkd.datasets.class_names import APPAREL
from mlkd.datasets.roots import resolve_root
from mlkd.errors import DataError, did_you_mean, some
from mlkd.plain_pickle import load_plain
from mlkd.registry import DATASETS

_IMAGES = frozenset({'.jpg', '.jpeg', '.png', '.bmp', '.webp'})


@DATASETS.register_module()
class Apparel(MultiLabelDataset):
    """The set "apparel-dataset" of Kaggle: folders called ``COLOUR_GARMENT``, 11,385 images, 11 labels.

    ``data_root`` is the folder with the 24 folders, or one that holds it as ``apparel`` or ``apparel-dataset``. Image
    keys: ``black_dress/0a1b.jpg``. Each image has one colour and one garment.

    There is no official split. MSRN shuffles the images in the order of its file ``image_label.pkl`` with Python's
    ``random`` and seed 10, trains on the first half (5,692) and tests on the second. That file as ``ann_file`` gives
    its split, of the 11,384 different file names; without it the images are shuffled in the order of their keys, which
    gives another split of equal size.

    Args:
        split: ``'train'``, ``'test'``, or ``'all'``.
        kwargs: See :class:`~mlkd.datasets.base.MultiLabelDataset`. ``ann_file``: MSRN's ``image_label.pkl``, of which
            nothing is executed.

    Raises:
        ConfigError: If there is no such split.
        DataError: If the folders are missing or of other labels, or the file does not fit them.
    """

    METAINFO = {'classes': APPAREL, 'dataset_name': 'apparel'}
    OBTAIN = (
        'get apparel-dataset from https://www.kaggle.com/datasets/kaiska/apparel-dataset and unpack it, so that the '
        'folder holds black_dress, black_pants, ... white_shorts'
    )
    SEED = 10

    def __init__(self, split: Literal['train', 'test', 'all'] = 'train', **kwargs: Any) -> None:
        check_choice('split', split, ('train', 'test', 'all'))
        self.split = split
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        """List the folders."""
        root = resolve_root(self.data_root, ('.', 'apparel', 'apparel-dataset'), 'black_dress', self.OBTAIN)
        labels = {path.name: self._label(path) for path in sorted(root.iterdir()) if path.is_dir()}
        keys = [f'{name}/{image.name}' for name in labels for image in sorted((root / name).iterdir())]
        keys = [key for key in keys if Path(key).suffix.lower() in _IMAGES]
        if self.ann_file:
            keys = self._in_order_of_file(keys, labels)
        return [
            {'img_path': str(root / key), 'img_key': key, 'img_id': key, 'gt_label': labels[key.split('/')[0]]}
            for key in self._part(keys)
        ]

    def _label(self, folder: Path) -> np.ndarray:
        names = folder.name.split('_')
        unknown = [name for name in names if name not in self.classes]
        if unknown or len(names) != 2:
            raise DataError(
                'A folder is not called after a colour and a garment.',
                where=folder,
                found=folder.name,
                expected=f'COLOUR_GARMENT, of {", ".join(self.classes)}',
                fix=did_you_mean(unknown[0], self.classes) or self.OBTAIN if unknown else self.OBTAIN,
            )
        return np.isin(self.classes, names).astype(np.int8)

    def _in_order_of_file(self, keys: list[str], labels: dict[str, np.ndarray]) -> list[str]:
        """Keys in the order of MSRN's file, which has 0 for a label that is present."""
        content = load_plain(self.ann_file)
        if not isinstance(content, dict) or not content:
            raise DataError(
                'The file has no labels by file name.',
                where=self.ann_file,
                found=type(content).__name__,
                fix=self.OBTAIN,
            )
        by_name = defaultdict(list)
        for key in keys:
            by_name[key.split('/')[1]].append(key)
        missing = [str(name) for name in content if name not in by_name]
        if missing:
            raise DataError(
                f'{len(missing)} of {len(content)} images of the list are not there.',
                where=self.data_root,
                found=some(missing, 3),
                fix=self.OBTAIN,
            )
        ordered = []
        for name, values in content.items():
            # One name stands in two folders; the list means the one whose labels it gives.
            label = (np.asarray(values) == 0).astype(np.int8)
            fitting = [key for key in by_name[name] if (labels[key.split('/')[0]] == label).all()]
            if not fitting:
                raise DataError(
                    'The list gives an image other labels than its folder.',
                    where=f'{self.ann_file}: {name}',
                    found=[self.classes[i] for i in np.flatnonzero(label[: len(self.classes)])],
                    expected=' or '.join(by_name[name]),
                )
            ordered.append(fitting[0])
        return ordered

    def _part(self, keys: list[str]) -> list[str]:
        if self.split == 'all':
            return keys
        shuffled = list(keys)
        # The generator that random.seed() sets, apart from it.
        random.Random(self.SEED).shuffle(shuffled)
        half = int(len(shuffled) * 0.5)
        return shuffled[:half] if self.split == 'train' else shuffled[half:]
