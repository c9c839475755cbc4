"""MS-COCO 2014 and 2017."""

from __future__ import annotations

import contextlib
import io
import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from mmengine.logging import print_log
from pycocotools.coco import COCO

from mlkd.datasets import class_names
from mlkd.datasets.base import MultiLabelDataset
from mlkd.datasets.entries import instance
from mlkd.datasets.roots import resolve_root
from mlkd.errors import DataError, did_you_mean
from mlkd.registry import DATASETS

#: Annotations of the official training files whose boxes have no height (cocodataset/cocoapi, issue 355).
_WITHOUT_AREA = frozenset({918, 2206849})


@DATASETS.register_module()
class CocoMultiLabel(MultiLabelDataset):
    """MS-COCO in its official layout; also other data sets in COCO's format.

    Image keys are relative to ``data_root``: ``train2014/COCO_train2014_000000000009.jpg``. A label is present if
    there is at least one annotation of the category, a crowd included. The images with at least one annotation are
    82,081 of ``train2014`` and 40,137 of ``val2014``. Crowds are marked to be left out of the evaluation of boxes.

    Args:
        split: ``'train'`` or ``'val'``.
        year: 2014 or 2017. Where the folder has the annotation of the other year only, that is used and a warning
            says so.
        drop_unlabelled: Whether images without any label are left out.
        kwargs: See :class:`~mlkd.datasets.base.MultiLabelDataset`. ``ann_file`` and ``data_prefix`` may name other
            files: ``ann_file='annotations/mine.json', data_prefix=dict(img_path='images')``; with categories other
            than COCO's also ``metainfo=dict(classes=[...])``.

    Raises:
        DataError: If the folder, the annotation or a category is missing or wrong.
    """

    METAINFO = {'classes': class_names.COCO, 'dataset_name': 'coco'}
    OBTAIN = (
        'get {split}{year}.zip and annotations_trainval{year}.zip from https://cocodataset.org/#download and unpack '
        'them, so that the folder holds annotations/instances_{split}{year}.json and {split}{year}/*.jpg'
    )

    def __init__(
        self, split: str = 'train', year: Literal[2014, 2017] = 2014, drop_unlabelled: bool = True, **kwargs: Any
    ) -> None:
        self.split, self.year, self.drop_unlabelled = split, year, drop_unlabelled
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        """Read the annotation file."""
        path, folder, root = self._files()
        coco = _read(path, self.OBTAIN.format(split=self.split, year=self.year))
        of_category = _class_indices(coco, self.classes, path)
        entries = []
        for image_id in sorted(coco.imgs, key=lambda name: (isinstance(name, str), name)):
            image, annotations = coco.imgs[image_id], coco.imgToAnns.get(image_id, ())
            try:
                label, instances, size = self._objects(image, annotations, of_category)
                img = folder / image['file_name']
            except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
                self.leave_out(_not_described(path, image_id, error))
                continue
            if self.drop_unlabelled and not label.any():
                continue
            entry = {'img_path': str(img), 'img_key': _key(img, root), 'img_id': image_id, 'gt_label': label}
            entries.append({**entry, 'instances': instances, 'height': size[0], 'width': size[1]})
        return entries

    def _objects(
        self, image: dict, annotations: Iterable[dict], of_category: dict[int, int]
    ) -> tuple[np.ndarray, list[dict], tuple[int, int]]:
        """Labels, boxes and (height, width) of an image."""
        label, size = np.zeros(len(self.classes), np.int8), (int(image['height']), int(image['width']))
        instances = []
        for annotation in annotations:
            index = of_category.get(annotation['category_id'])
            if index is None:
                continue
            label[index] = 1
            if annotation['id'] not in _WITHOUT_AREA:
                x, y, w, h = map(float, annotation['bbox'])
                crowd, area = bool(int(annotation.get('iscrowd') or 0)), annotation.get('area')
                corners = (x, y, x + w, y + h)
                instances.append(instance(corners, index, crowd, size, area=area, crowd=crowd))
        return label, instances, size

    def _files(self) -> tuple[Path, Path, Path]:
        """Annotation file, image folder, and the folder that keys are relative to."""
        prefix = self.data_prefix.get('img_path') or self.data_prefix.get('img')
        if self.ann_file:
            root = Path(self.data_root).absolute()
            return Path(self.ann_file).absolute(), Path(prefix).absolute() if prefix else root, root
        obtain = self.OBTAIN.format(split=self.split, year=self.year)
        root = resolve_root(self.data_root, ('.',), 'annotations', obtain)
        year = self._year_there(root)
        return root / 'annotations' / f'instances_{self.split}{year}.json', root / f'{self.split}{year}', root

    def _year_there(self, root: Path) -> int:
        other = {2014: 2017, 2017: 2014}.get(self.year, self.year)
        wanted, there = (root / 'annotations' / f'instances_{self.split}{year}.json' for year in (self.year, other))
        if wanted.is_file() or not there.is_file():
            return self.year
        print_log(f'{wanted} is not there; {there.name} is used in its place.', 'current', logging.WARNING)
        return other


def _read(path: Path, obtain: str) -> COCO:
    if not path.is_file():
        there = sorted(other.name for other in path.parent.glob('*.json')) if path.parent.is_dir() else []
        found = ', '.join(there[:8]) or 'no annotation files'
        raise DataError('The annotation file is not there.', where=path, found=found, fix=obtain)
    try:
        coco = COCO()
        coco.dataset = json.loads(path.read_text(encoding='utf-8-sig'))
        # It prints what it does.
        with contextlib.redirect_stdout(io.StringIO()):
            coco.createIndex()
        if not coco.cats or not coco.imgs:
            raise ValueError('no images or no categories')
        _check_ids(coco)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            'The annotation file cannot be read.',
            where=path,
            found=f'{type(error).__name__}: {error}',
            expected="JSON of COCO's instances: a dict of images, annotations and categories",
            fix='get it again, as it may be cut short, or mend what wrote it',
        ) from error
    return coco


def _check_ids(coco: COCO) -> None:
    """Raise a ValueError where labels would be lost: ids that are used twice, or that lead nowhere."""
    if len(coco.imgs) < len(coco.dataset['images']):
        raise ValueError('images with the same id')
    if any(not isinstance(image, (int, float, str)) for image in coco.imgs):
        raise ValueError('an image whose id is neither a number nor a text')
    if any(not isinstance(category.get('name'), str) for category in coco.cats.values()):
        raise ValueError('a category without a name, or with one that is no text')
    # Objects of images that are not listed are what is left of a larger set; '9' in place of 9 is a mistake.
    written = {str(image): image for image in coco.imgs}
    for annotation in coco.dataset.get('annotations', ()):
        image, category = annotation['image_id'], annotation['category_id']
        if category not in coco.cats:
            raise ValueError(f'an object of category_id {category!r}, which is not among the categories')
        if image not in coco.imgs and str(image) in written:
            raise ValueError(f'an object of image_id {image!r}, where the id of the image is {written[str(image)]!r}')


def _class_indices(coco: COCO, classes: tuple[str, ...], path: Path) -> dict[int, int]:
    """Index of the label of each category id."""
    names = [category['name'] for category in coco.cats.values()]
    missing = [name for name in classes if name not in names]
    if missing:
        near = did_you_mean(missing[0], names)
        raise DataError(
            f'{len(missing)} of {len(classes)} classes are not in the annotation file.',
            where=path,
            found=f'categories {", ".join(map(str, names[:5]))}, ...',
            expected=', '.join(missing[:5]),
            fix='give metainfo=dict(classes=[...]) with the names of the categories' + (near and f'; {near}'),
        )
    index = {name: position for position, name in enumerate(classes)}
    return {number: index[category['name']] for number, category in coco.cats.items() if category['name'] in index}


def _not_described(path: Path, image_id: object, error: Exception) -> DataError:
    return DataError(
        'An image of the annotation is not described as it should be.',
        where=f'{path}, image {image_id}',
        found=f'{type(error).__name__}: {error}',
        expected='file_name, height, width; id, category_id and bbox (x, y, w, h) of each annotation',
        fix='get the file again, or mend what wrote it',
    )


def _key(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix().lstrip('/')
