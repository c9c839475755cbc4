"""NUS-WIDE."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np

from mlkd.arguments import check_choice
from mlkd.datasets.base import MultiLabelDataset
from mlkd.datasets.class_names import NUS_WIDE
from mlkd.datasets.roots import resolve_root
from mlkd.datasets.text_lists import list_lines
from mlkd.errors import DataError, some
from mlkd.registry import DATASETS

#: Split: (list of images, end of the names of the label files).
_SPLITS = {'train': ('TrainImagelist.txt', 'Train'), 'test': ('TestImagelist.txt', 'Test')}


@DATASETS.register_module()
class NUSWide(MultiLabelDataset):
    """NUS-WIDE from its official lists: 161,789 images to train, 107,859 to test, 81 concepts in alphabetical order.

    Layout below ``data_root``: ``ImageList/TrainImagelist.txt`` (one ``folder\\file.jpg`` per line),
    ``Groundtruth/TrainTestLabels/Labels_CONCEPT_Train.txt`` (one 0 or 1 per line, in the order of the list),
    ``ConceptsList/Concepts81.txt``, and the images in ``Flickr``. Image keys: ``Flickr/actor/0001_2124494179.jpg``.

    Args:
        split: ``'train'`` or ``'test'``.
        drop_unlabelled: Whether images without any of the concepts are left out.
        kwargs: See :class:`~mlkd.datasets.base.MultiLabelDataset`. ``data_prefix=dict(img_path='images')`` names
            another image folder.

    Raises:
        DataError: If the folder or a list is missing, or lists do not fit each other.
    """

    METAINFO = {'classes': NUS_WIDE, 'dataset_name': 'nuswide'}
    OBTAIN = (
        'get ImageList.zip, Groundtruth.zip and ConceptsList.zip from '
        'https://lms.comp.nus.edu.sg/wp-content/uploads/2019/research/nuswide/NUS-WIDE.html, the images as told there, '
        'and unpack them, so that the folder holds ImageList, Groundtruth/TrainTestLabels, ConceptsList and Flickr'
    )

    def __init__(self, split: Literal['train', 'test'] = 'train', drop_unlabelled: bool = True, **kwargs: Any) -> None:
        check_choice('split', split, _SPLITS)
        self.split, self.drop_unlabelled = split, drop_unlabelled
        super().__init__(**{'data_prefix': {'img_path': 'Flickr'}, **kwargs})

    def load_data_list(self) -> list[dict]:
        """Read the lists."""
        root = resolve_root(self.data_root, ('.', 'NUS-WIDE'), 'ImageList', self.OBTAIN)
        list_name, ending = _SPLITS[self.split]
        _check_concepts(root / 'ConceptsList' / 'Concepts81.txt', self.classes)
        images = [line.replace('\\', '/') for line in self._lines(root / 'ImageList' / list_name)]
        labels = np.stack([self._labels(root, name, ending, len(images)) for name in self.classes], axis=1)
        folder = Path(self.data_prefix.get('img_path') or self.data_prefix.get('img') or root / 'Flickr').absolute()
        if not folder.is_dir():
            folder = root / folder.name
        prefix = folder.relative_to(root).as_posix() if folder.is_relative_to(root) else folder.name
        return [
            {'img_path': str(folder / name), 'img_key': f'{prefix}/{name}', 'img_id': name, 'gt_label': label}
            for name, label in zip(images, labels, strict=True)
            if label.any() or not self.drop_unlabelled
        ]

    def _lines(self, path: Path) -> list[str]:
        if not path.is_file():
            raise DataError('A list of NUS-WIDE is not there.', where=path, fix=self.OBTAIN)
        return list_lines(path)

    def _labels(self, root: Path, name: str, ending: str, count: int) -> np.ndarray:
        """Labels of one concept, int8 (count,)."""
        path = root / 'Groundtruth' / 'TrainTestLabels' / f'Labels_{name}_{ending}.txt'
        lines = ' '.join(self._lines(path)).split()
        if len(lines) != count:
            raise DataError(
                'A label list has a wrong length.',
                where=path,
                found=f'{len(lines)} labels',
                expected=f'{count}, one per line of {_SPLITS[self.split][0]}',
                fix='unpack Groundtruth.zip and ImageList.zip again',
            )
        if not {'0', '1'}.issuperset(lines):
            wrong = next(number for number, line in enumerate(lines, 1) if line not in ('0', '1'))
            raise DataError('A label is not 0 or 1.', where=f'{path}:{wrong}', found=repr(lines[wrong - 1]))
        return np.array(lines, '<U1').astype(np.int8)


def _check_concepts(path: Path, classes: tuple[str, ...]) -> None:
    """Raise if the list of concepts, where there is one, names others."""
    if path.is_file():
        found = list_lines(path)
        if set(found) != set(classes):
            raise DataError(
                'The concepts are not those of the data set.',
                where=path,
                found=f'{len(found)} concepts; not known: {some(set(found) - set(classes)) or "none"}',
                expected=f'{len(classes)} concepts; missing: {some(set(classes) - set(found)) or "none"}',
                fix='give the names of the labels with metainfo=dict(classes=[...])',
            )
