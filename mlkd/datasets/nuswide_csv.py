"""NUS-WIDE as the ASL project lists it."""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.datasets.base import MultiLabelDataset
from mlkd.datasets.class_names import NUS_WIDE
from mlkd.errors import DataError, did_you_mean
from mlkd.registry import DATASETS


@DATASETS.register_module()
class NUSWideCSV(MultiLabelDataset):
    """NUS-WIDE by the list of ASL (``nus_wid_data.csv``), which MSRN uses too: not the official split.

    Columns: path of the image, its labels as a Python list of names, ``train`` or ``val``. Numbers on this split and
    on that of :class:`~mlkd.datasets.NUSWide` do not compare. Labels are in alphabetical order here; the order of
    MSRN's files is ``mlkd.datasets.class_names.NUS_WIDE_ASL``, which ``metainfo=dict(classes=...)`` can ask for. MSRN
    itself loses the first image of each split, which it takes for the header.

    Args:
        ann_file: The list; ``data_root`` is put before it.
        split: ``'train'`` or ``'val'``; any word of the third column.
        kwargs: See :class:`~mlkd.datasets.base.MultiLabelDataset`. ``data_prefix=dict(img_path='images')`` names a
            folder that paths in the list are relative to.

    Raises:
        DataError: If the list is missing, or a line is not as it should be; names the line.
    """

    METAINFO = {'classes': NUS_WIDE, 'dataset_name': 'nuswide'}
    OBTAIN = (
        'get nus_wide.zip from the page of ASL (https://github.com/Alibaba-MIIL/ASL, MODEL_ZOO.md) and unpack it, so '
        'that the folder holds nus_wid_data.csv and the images'
    )

    def __init__(self, ann_file: str = 'nus_wid_data.csv', split: str = 'train', **kwargs: Any) -> None:
        self.split = split
        super().__init__(ann_file=ann_file, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Read the list."""
        path, root = Path(self.ann_file), Path(self.data_root).absolute()
        if not path.is_file():
            there = sorted(other.name for other in path.parent.glob('*.csv')) if path.parent.is_dir() else []
            found = ', '.join(there) or 'no lists'
            raise DataError('The list of NUS-WIDE is not there.', where=path, found=found, fix=self.OBTAIN)
        index = {name: number for number, name in enumerate(self.classes)}
        folder = Path(self.data_prefix.get('img_path') or root).absolute()
        entries, splits = [], set()
        for where, image, names, split in self._rows(path):
            splits.add(split)
            if split != self.split:
                continue
            unknown = [name for name in names if name not in index]
            if unknown:
                fix = did_you_mean(unknown[0], index) or None
                raise DataError('A label is not known.', where=where, found=unknown[0], fix=fix)
            label = np.zeros(len(index), np.int8)
            label[[index[name] for name in names]] = 1
            file = folder / image
            key = file.relative_to(root).as_posix() if file.is_relative_to(root) else image
            entries.append({'img_path': str(file), 'img_key': key, 'img_id': key, 'gt_label': label})
        if not entries:
            expected = ' or '.join(sorted(splits)) or 'at least one line'
            raise DataError('The list has no image of this split.', where=path, found=self.split, expected=expected)
        return entries

    def _rows(self, path: Path) -> Iterator[tuple[str, str, list[str], str]]:
        """Line, path of the image, names of labels, split."""
        with open(path, newline='', encoding='utf-8') as file:
            for number, row in enumerate(csv.reader(file), 1):
                # A header names its columns; of an image the second is a list.
                if row and not (number == 1 and len(row) > 1 and not row[1].lstrip().startswith('[')):
                    yield f'{path}:{number}', *_parsed(row, f'{path}:{number}')


def _parsed(row: list[str], where: str) -> tuple[str, list[str], str]:
    try:
        image, labels, split = row
        # Of a literal nothing is executed.
        names = ast.literal_eval(labels)
        if not image or not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
            raise ValueError
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise DataError(
            'A line of the list is not as it should be.',
            where=where,
            found=','.join(row)[:80],
            expected="""path,"['label', ...]",split""",
            fix='get the list again; it may be cut short',
        ) from None
    return image.replace('\\', '/'), list(names), split.strip()
