"""PASCAL VOC 2007 and 2012."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

import numpy as np

from mlkd.arguments import check_choice
from mlkd.datasets.base import MultiLabelDataset
from mlkd.datasets.class_names import VOC
from mlkd.datasets.entries import instance
from mlkd.datasets.roots import resolve_root
from mlkd.datasets.text_lists import list_lines
from mlkd.errors import DataError, did_you_mean, some
from mlkd.registry import DATASETS

Difficult = Literal['ignore', 'present', 'absent']
_DIFFICULT = {'ignore': -1, 'present': 1, 'absent': 0}
#: What annotation tools write for an object; those that leave it empty mean that it is not.
_DIFFICULT_TEXTS = {'0': False, '1': True, 'false': False, 'true': True, '': False}


@DATASETS.register_module()
class VOCMultiLabel(MultiLabelDataset):
    """PASCAL VOC in the layout of its development kit.

    ``data_root`` may be the folder that holds ``VOCdevkit``, ``VOC2007`` or (for the year given) is the one with
    ``JPEGImages``; image keys are relative to the last: ``JPEGImages/000012.jpg``. An image that is not there under
    this ending is taken under another one (``.JPG``, ``.png``). Labels and boxes are those of the XML files, in which a
    label is present if an object of the class is there.

    A class of which all objects in an image are marked difficult is neither there nor absent: the lists of the
    development kit have 0 for it (1 present, -1 absent), its classification task leaves such images out for the class,
    and in the loss of the WSDDN release the 0 contributes a constant. So ``difficult='ignore'`` is the default;
    ``'present'`` is what ML-GCN and its followers train with, ``'absent'`` deletes difficult objects.

    Args:
        split: Name of a list: ``'trainval'``, ``'train'``, ``'val'``, ``'test'``.
        year: 2007 or 2012.
        image_sets: Folder of the lists in ``ImageSets``: ``'Main'``, or ``'Segmentation'``.
        difficult: The label of a class of which there are only difficult objects: ``'ignore'`` (-1), ``'present'``,
            ``'absent'``.
        kwargs: See :class:`~mlkd.datasets.base.MultiLabelDataset`. ``ann_file`` may name another list of images.

    Raises:
        DataError: If the folder, the list or the annotation of an image is missing or wrong.
    """

    METAINFO = {'classes': VOC, 'dataset_name': 'voc'}
    OBTAIN = (
        'get VOC{year} from http://host.robots.ox.ac.uk/pascal/VOC/voc{year}/ and unpack it, so that '
        'VOCdevkit/VOC{year} holds Annotations, ImageSets and JPEGImages'
    )

    def __init__(
        self,
        split: str = 'trainval',
        year: Literal[2007, 2012] = 2007,
        difficult: Difficult = 'ignore',
        image_sets: str = 'Main',
        **kwargs: Any,
    ) -> None:
        check_choice('difficult', difficult, _DIFFICULT)
        self.split, self.year, self.difficult, self.image_sets = split, year, difficult, image_sets
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        """Read the list and the annotation of each image."""
        folders = (f'VOCdevkit/VOC{self.year}', f'VOC{self.year}', '.')
        root = resolve_root(self.data_root, folders, 'JPEGImages', self.OBTAIN.format(year=self.year))
        classes = {name: index for index, name in enumerate(self.classes)}
        files = _Images(root / 'JPEGImages')
        entries = []
        for name in self._names(root):
            try:
                entries.append(self._entry(root, name, files.named(name), classes))
            except DataError as error:
                self.leave_out(error)
        return entries

    def _names(self, root: Path) -> list[str]:
        path = Path(self.ann_file) if self.ann_file else root / 'ImageSets' / self.image_sets / f'{self.split}.txt'
        if path.is_file():
            # Lists of one class have a second column.
            return [line.split()[0] for line in list_lines(path)]
        stems = sorted(other.stem for other in path.parent.glob('*.txt'))
        splits = [stem for stem in stems if not stem.startswith(tuple(f'{name}_' for name in self.classes))]
        option = "split='NAME' of this data set"
        raise DataError(
            'The list of a split is not there.',
            where=path,
            found=f'lists of {", ".join(splits)}' if splits else 'no lists',
            expected=self.split if not self.ann_file else None,
            fix=f'choose one of those that are there with {option}' if splits else self.OBTAIN.format(year=self.year),
        )

    def _entry(self, root: Path, name: str, file: str, classes: dict[str, int]) -> dict:
        path = root / 'Annotations' / f'{name}.xml'
        xml = _parsed(path)
        label = np.zeros(len(classes), np.int8)
        size = _size(xml, path)
        instances = []
        for element in xml.findall('object'):
            kind = element.findtext('name', '').strip()
            if kind not in classes:
                raise DataError(
                    'An object is of an unknown class.',
                    where=path,
                    found=kind or 'no name',
                    expected=f'one of {some(classes, 20)}',
                    fix=did_you_mean(kind, classes) or 'name all classes with metainfo=dict(classes=[...])',
                )
            difficult = _is_difficult(element, path)
            index = classes[kind]
            if not difficult or label[index] == 0:
                label[index] = 2 if difficult else 1
            x1, y1, x2, y2 = _corners(element, path)
            # Pixels count from 1 there, and the last belongs to the box.
            instances.append(instance((x1 - 1, y1 - 1, x2, y2), index, difficult, size))
        label[label == 2] = _DIFFICULT[self.difficult]
        key = f'JPEGImages/{file}'
        entry = {'img_path': str(root / key), 'img_key': key, 'img_id': name, 'gt_label': label, 'instances': instances}
        return {**entry, 'height': size[0], 'width': size[1]}


class _Images:
    """The files of a folder by their names without ending."""

    def __init__(self, folder: Path) -> None:
        self._names = {path.name for path in folder.iterdir()}
        self._others: dict[str, str] | None = None

    def named(self, stem: str) -> str:
        """The JPEG of this name, or where there is none the file of this name with another ending."""
        if f'{stem}.jpg' in self._names:
            return f'{stem}.jpg'
        if self._others is None:
            self._others = {Path(name).stem: name for name in sorted(self._names)}
        return self._others.get(stem, f'{stem}.jpg')


def _parsed(path: Path) -> ElementTree.Element:
    try:
        return ElementTree.parse(path).getroot()
    except FileNotFoundError as error:
        fix = 'complete the data; the annotation of the test images of 2012 was never published'
        raise DataError('The annotation of an image is not there.', where=path, fix=fix) from error
    except ElementTree.ParseError as error:
        raise DataError('An annotation is no XML.', where=path, found=error, fix='unpack the data again') from error
    except OSError as error:
        raise DataError('An annotation cannot be read.', where=path, found=error.strerror) from error


def _size(xml: ElementTree.Element, path: Path) -> tuple[int, int]:
    try:
        height, width = (int(float(xml.findtext(f'size/{side}', ''))) for side in ('height', 'width'))
        if min(height, width) < 1:
            raise ValueError(f'width {width}, height {height}')
    except (OverflowError, ValueError) as error:
        raise DataError('An annotation does not say how large the image is.', where=path, found=error) from error
    return height, width


def _is_difficult(element: ElementTree.Element, path: Path) -> bool:
    text = element.findtext('difficult', '0').strip()
    if text.lower() not in _DIFFICULT_TEXTS:
        raise DataError(
            'An object is neither difficult nor not.',
            where=path,
            found=f'<difficult>{text}</difficult>',
            expected='0 or 1',
            fix='mend the annotation',
        )
    return _DIFFICULT_TEXTS[text.lower()]


def _corners(element: ElementTree.Element, path: Path) -> list[float]:
    texts = [element.findtext(f'bndbox/{name}', '') for name in ('xmin', 'ymin', 'xmax', 'ymax')]
    try:
        return [float(text) for text in texts]
    except ValueError as error:
        raise DataError(
            'The box of an object is not four numbers.',
            where=path,
            found=f'xmin, ymin, xmax, ymax {texts}',
            fix='mend the annotation: <bndbox> with <xmin>, <ymin>, <xmax>, <ymax>',
        ) from error
