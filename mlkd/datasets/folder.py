"""A folder of photos with a file of labels."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, Literal

from mmengine.logging import print_log

from mlkd.arguments import check_choice
from mlkd.datasets.base import MultiLabelDataset
from mlkd.datasets.label_files import LabelledPhotos, PhotoIndex, match, read_listing, read_splits
from mlkd.errors import ConfigError, DataError, did_you_mean, some
from mlkd.registry import DATASETS


@DATASETS.register_module()
class FolderMultiLabel(MultiLabelDataset):
    """Somebody's own photos: all images below ``data_root``, and a CSV or JSON file that says their labels.

    CSV with any separator, with or without a head: several labels in a cell, one label per row, or one column for
    each label. JSON by photo, or a list of photos. Labels may be unknown. Photos are found with or without folders and
    ending. See ``docs/own-photos.md``. Image keys are paths below ``data_root``; photos are read upright.

    Args:
        ann_file: The file of labels; relative to ``data_root``, or absolute.
        split: ``'train'``, ``'val'``, ``'test'`` or another that the file names; None for all photos.
        split_file: JSON that says the split of each photo, as ``mlkd init`` writes it; relative to ``data_root``, or
            absolute. Without it, the column ``split`` of the file of labels counts.
        unlabelled: What becomes of photos that the file does not name: ``'error'``, or ``'drop'``.
        other_labels: Of labels that are not among ``metainfo['classes']``: ``'error'``, or ``'drop'``.
        label_separator: What stands between the labels of a cell; found out if None.
        kwargs: See :class:`~mlkd.datasets.base.MultiLabelDataset`. Without ``metainfo=dict(classes=[...])`` the labels
            are those of the whole file, sorted.

    Raises:
        ConfigError: If an argument is not understood.
        DataError: If a file is missing, or not as it should be; names the lines.
    """

    METAINFO = {'dataset_name': 'folder'}

    def __init__(
        self,
        ann_file: str = 'labels.csv',
        split: str | None = None,
        split_file: str | None = None,
        unlabelled: Literal['error', 'drop'] = 'error',
        other_labels: Literal['error', 'drop'] = 'error',
        label_separator: str | None = None,
        **kwargs: Any,
    ) -> None:
        check_choice('unlabelled', unlabelled, ('error', 'drop'))
        check_choice('other_labels', other_labels, ('error', 'drop'))
        if label_separator == '':
            raise ConfigError('label_separator is empty.', expected="a text such as ';', or None")
        self.split, self.split_file = split, split_file
        self.unlabelled, self.other_labels, self.label_separator = unlabelled, other_labels, label_separator
        self._labelled: LabelledPhotos | None = None
        super().__init__(ann_file=ann_file, **kwargs)

    @property
    def label_file(self) -> Path:
        """The file of labels."""
        return Path(os.path.normpath(self.ann_file))

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the K labels: those given, else those of the file.

        Raises:
            DataError: If the file has one label alone.
        """
        if not self._metainfo.get('classes'):
            names = self.labelled().names
            if len(names) < 2:
                raise DataError(
                    'The photos have one label alone.' if names else 'No label is named.',
                    where=self.label_file,
                    found=', '.join(names) or None,
                    expected='two labels or more, which a network can tell from each other',
                    fix='say what else the photos show; look whether labels are separated as they should be',
                )
            self._metainfo['classes'] = tuple(names)
        return super().classes

    def load_data_list(self) -> list[dict]:
        """Read folder, labels and splits."""
        classes, photos = self.classes, self.labelled()
        self._labelled = None
        self._check_names(photos, classes)
        splits = self._splits(photos)
        vectors = photos.vectors(classes)
        folder = Path(self.data_root).absolute()
        return [
            {
                'img_path': str(folder / key),
                'img_key': key,
                'img_id': key,
                'gt_label': vector,
                # There are no boxes that would be in pixels as they are stored.
                'upright': True,
            }
            for key, vector in zip(photos.keys, vectors, strict=True)
            if self.split is None or splits.get(key) == self.split
        ]

    def labelled(self) -> LabelledPhotos:
        """What the file says of the photos; read once until the entries are made.

        Raises:
            DataError: If folder or file is missing or wrong, or photos have no labels.
        """
        if self._labelled is None:
            index = PhotoIndex(self.data_root or '.')
            named = self._metainfo.get('classes') or ()
            listing = read_listing(self.label_file, index, named, self.label_separator)
            self._labelled = match(listing, index)
        if self._labelled.unlabelled and self.unlabelled == 'error':
            names, count = self._labelled.unlabelled, len(self._labelled.unlabelled)
            raise DataError(
                f'{count} of {count + len(self._labelled.keys)} photos have no labels.',
                where=self.label_file,
                found=f'no row for {some(names, 10)}',
                expected=f'a row for each photo in {self.data_root}, with an empty cell where it shows no label',
                fix="add these rows, or leave such photos out (unlabelled='drop'; mlkd init --unlabelled drop)",
            )
        return self._labelled

    def _check_names(self, photos: LabelledPhotos, classes: tuple[str, ...]) -> None:
        odd = [name for name in photos.names if name not in classes]
        if odd and self.other_labels == 'error':
            raise DataError(
                f'{len(odd)} labels of the file are not among the classes.',
                where=self.label_file,
                found=some(odd),
                expected=some(classes, 10),
                fix=did_you_mean(odd[0], classes) or "name them in metainfo=dict(classes=[...]); other_labels='drop'",
            )

    def _splits(self, photos: LabelledPhotos) -> dict[str, str]:
        if self.split is None:
            return {}
        path = Path(self.data_root or '', self.split_file) if self.split_file else self.label_file
        splits = read_splits(path, PhotoIndex(self.data_root or '.')) if self.split_file else dict(photos.splits)
        known = sorted(set(splits.values()))
        if self.split not in known:
            near = did_you_mean(self.split, known)
            raise DataError(
                f'No photo is in the split {self.split!r}.',
                where=path,
                found=', '.join(known) or 'no splits',
                expected=f'photos of {self.split}',
                fix=near or 'mlkd init proposes splits and writes them into a file (split_file)',
            )
        left = [key for key in photos.keys if key not in splits]
        if left:
            print_log(f'{len(left)} labelled photos are in no split: {some(left)}.', 'current', logging.WARNING)
        return splits
