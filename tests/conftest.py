"""Tiny data sets in the layouts of the public ones, and the real ones where they are there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import DefaultScope

#: Object of a drawn data set: class and box, zero-based pixels, x2 and y2 exclusive; difficult or a crowd.
Drawn = tuple[str, tuple[int, int, int, int], bool]
SIDE = 64
DATA = Path(__file__).parents[1] / 'data'


def draw(path: Path, seed: int, objects: Sequence[Drawn] = ()) -> None:
    """Write a JPEG of 64 x 48 pixels, noise with a bright rectangle per object."""
    image = np.random.default_rng(seed).integers(0, 120, (48, SIDE, 3), dtype=np.uint8)
    for _, (x1, y1, x2, y2), _ in objects:
        image[y1:y2, x1:x2] = 230
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image, [cv2.IMWRITE_JPEG_QUALITY, 95])


@pytest.fixture(autouse=True)
def few_scopes() -> Iterator[None]:
    """Forgets the scopes of earlier runners, all of which MMEngine copies whenever it switches from one to another."""
    yield
    scopes = DefaultScope._instance_dict
    while len(scopes) > 1:
        scopes.popitem(last=False)


@pytest.fixture
def real_data() -> Callable[[str], Path]:
    """``real_data('voc07')`` is the folder ``data/voc07``; a test that asks for one that is not there is skipped."""

    def find(name: str) -> Path:
        if not (DATA / name).is_dir():
            pytest.skip(f'data/{name} is not there')
        return DATA / name

    return find


@pytest.fixture
def make_voc(tmp_path: Path) -> Callable[..., Path]:
    """Writes VOC 2007 with lists ``trainval`` (4 images) and ``test`` (2); gives the folder that holds VOCdevkit.

    ``make_voc({'000001': [('dog', (10, 5, 30, 25), False)]}, split='trainval')`` writes other images and objects.
    """
    default = {
        'trainval': {
            '000001': [('dog', (10, 5, 30, 25), False), ('person', (0, 0, 64, 48), True)],
            '000002': [('cat', (1, 2, 33, 44), False), ('cat', (40, 2, 60, 20), True)],
            '000003': [('person', (5, 5, 20, 40), False)],
            '000004': [('train', (8, 8, 60, 40), False), ('bird', (0, 0, 4, 4), False)],
        },
        'test': {'000005': [('dog', (20, 10, 50, 40), False)], '000006': [('sofa', (0, 10, 64, 48), True)]},
    }

    def make(images: dict[str, list[Drawn]] | None = None, split: str = 'trainval', root: Path | None = None) -> Path:
        root = root or tmp_path / 'voc'
        for name, of_split in (default if images is None else {split: images}).items():
            _write_voc(root / 'VOCdevkit' / 'VOC2007', name, of_split)
        return root

    return make


def _write_voc(folder: Path, split: str, images: dict[str, list[Drawn]]) -> None:
    for number, (name, objects) in enumerate(images.items()):
        draw(folder / 'JPEGImages' / f'{name}.jpg', int(name) if name.isdigit() else number, objects)
        rows = ''.join(
            f'<object><name>{kind}</name><difficult>{int(difficult)}</difficult><bndbox><xmin>{x1 + 1}</xmin>'
            f'<ymin>{y1 + 1}</ymin><xmax>{x2}</xmax><ymax>{y2}</ymax></bndbox></object>'
            for kind, (x1, y1, x2, y2), difficult in objects
        )
        size = f'<size><width>{SIDE}</width><height>48</height><depth>3</depth></size>'
        path = folder / 'Annotations' / f'{name}.xml'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'<annotation><filename>{name}.jpg</filename>{size}{rows}</annotation>')
    path = folder / 'ImageSets' / 'Main' / f'{split}.txt'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(''.join(f'{name}\n' for name in images))
    (path.parent / f'dog_{split}.txt').write_text(''.join(f'{name} -1\n' for name in images))


@pytest.fixture
def make_coco(tmp_path: Path) -> Callable[..., Path]:
    """Writes COCO with all 80 categories, 4 images to train (one unlabelled, one with a crowd alone) and 2 of val.

    ``make_coco(year=2017)`` names files as in 2017.
    """
    default = {
        'train': {
            9: [('person', (10, 5, 30, 25), False), ('person', (40, 5, 50, 25), False)],
            3: [('toothbrush', (0, 0, 10, 10), False), ('dog', (1, 2, 33, 44), False)],
            25: [('person', (0, 0, 64, 48), True)],
            30: [],
        },
        'val': {42: [('dog', (20, 10, 50, 40), False)], 73: [('cat', (0, 10, 64, 48), False)]},
    }

    def make(year: int = 2014, root: Path | None = None) -> Path:
        root = root or tmp_path / 'coco'
        for split, images in default.items():
            _write_coco(root, f'{split}{year}', images, f'COCO_{split}2014_' if year == 2014 else '')
        return root

    return make


def _write_coco(root: Path, split: str, images: dict[int, list[Drawn]], prefix: str) -> None:
    from mlkd.datasets.class_names import COCO

    # As the official ids, with gaps and not in the order of the names.
    ids = {name: 1 + index + index // 10 for index, name in enumerate(COCO)}
    content: dict[str, list] = {'images': [], 'annotations': [], 'categories': []}
    content['categories'] = [{'id': ids[name], 'name': name} for name in reversed(COCO)]
    for image_id, objects in images.items():
        name = f'{prefix}{image_id:012d}.jpg'
        draw(root / split / name, image_id, objects)
        content['images'].append({'id': image_id, 'file_name': name, 'height': 48, 'width': SIDE})
        for kind, (x1, y1, x2, y2), crowd in objects:
            box = [x1, y1, x2 - x1, y2 - y1]
            one = {'id': len(content['annotations']) + 1, 'image_id': image_id, 'category_id': ids[kind], 'bbox': box}
            content['annotations'].append({**one, 'area': box[2] * box[3], 'iscrowd': int(crowd)})
    path = root / 'annotations' / f'instances_{split}.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


@pytest.fixture
def make_nuswide(tmp_path: Path) -> Callable[..., Path]:
    """Writes NUS-WIDE: 4 images to train (one without labels), 2 to test."""
    default = {
        'Train': {'actor\\0001_11.jpg': ['sky', 'person'], 'actor\\0002_12.jpg': [], 'zoo\\0003_13.jpg': ['zebra']}
        | {'zoo\\0004_14.jpg': ['airport', 'sky']},
        'Test': {'zoo\\0005_15.jpg': ['animal'], 'actor\\0006_16.jpg': ['person', 'zebra']},
    }

    def make(root: Path | None = None) -> Path:
        from mlkd.datasets.class_names import NUS_WIDE

        root = root or tmp_path / 'nuswide'
        for folder in ('ImageList', 'Groundtruth/TrainTestLabels', 'ConceptsList'):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / 'ConceptsList' / 'Concepts81.txt').write_text('\n'.join(NUS_WIDE))
        for split, images in default.items():
            (root / 'ImageList' / f'{split}Imagelist.txt').write_text(''.join(f'{name}\r\n' for name in images))
            for seed, name in enumerate(images):
                draw(root / 'Flickr' / name.replace('\\', '/'), seed + 10 * len(split))
            for concept in NUS_WIDE:
                rows = ''.join(f'{int(concept in labels)}\n' for labels in images.values())
                (root / f'Groundtruth/TrainTestLabels/Labels_{concept}_{split}.txt').write_text(rows)
        return root

    return make
