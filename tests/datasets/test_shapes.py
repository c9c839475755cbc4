"""Shapes: the same everywhere, labels as designed, boxes on the pixels they mark."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

from mlkd.datasets import Shapes
from mlkd.datasets.roots import point_to
from mlkd.datasets.shapes import ShapesImage
from mlkd.datasets.shapes_drawing import draw
from mlkd.datasets.shapes_labels import CLASSES, COMPANIONS, EXCLUSIVE, THEMES, draw_labels
from mlkd.datasets.shapes_scene import DIFFICULT_BELOW, LEAST_VISIBLE, Scene
from mlkd.errors import ConfigError
from mlkd.proposals import ProposalStore, ensure_proposals

PIPELINE = [{'type': 'LoadImage'}, {'type': 'MirrorFlip'}, {'type': 'PackMultiLabel'}]
DIGEST = """
import hashlib
from mlkd.datasets import Shapes
digest = hashlib.sha256()
dataset = Shapes(num_images=6)
for index in (5, 3, 1):
    entry = dataset.get_data_info(index)
    digest.update(entry['render']().tobytes() + repr(entry['instances']).encode() + entry['gt_label'].tobytes())
print(digest.hexdigest())
"""


@pytest.fixture(scope='module')
def many() -> Shapes:
    return Shapes(num_images=400)


@pytest.fixture(scope='module')
def labels() -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.array([np.isin(np.arange(len(CLASSES)), draw_labels(rng)) for _ in range(20_000)])


def entries(dataset: Shapes) -> list[dict[str, Any]]:
    return [dataset.get_data_info(index) for index in range(len(dataset))]


def test_a_sample_is_an_image_with_labels_and_boxes() -> None:
    dataset = Shapes(split='test', size=96, num_images=3, pipeline=PIPELINE, test_mode=True)
    assert len(dataset.classes) == 24
    packed = dataset[0]
    assert packed['inputs'].shape == (3, 96, 96)
    sample = packed['data_samples']
    boxes = [*sample.gt_instances.labels.tolist(), *sample.ignored_instances.labels.tolist()]
    assert set(boxes) == set(np.flatnonzero(sample.gt_label.numpy() == 1).tolist())


def test_other_processes_and_orders_see_the_same() -> None:
    dataset = Shapes(num_images=6)
    digest = hashlib.sha256()
    infos = {index: dataset.get_data_info(index) for index in (1, 3, 5)}
    for index in (5, 3, 1):
        info = infos[index]
        digest.update(info['render']().tobytes() + repr(info['instances']).encode() + info['gt_label'].tobytes())
    other = subprocess.run([sys.executable, '-c', DIGEST], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == digest.hexdigest()


def test_samples_do_not_depend_on_workers() -> None:
    dataset = Shapes(size=48, num_images=12, pipeline=PIPELINE)
    alone = [dataset[index]['inputs'] for index in range(12)]
    loader: DataLoader = DataLoader(dataset, batch_size=1, num_workers=2, collate_fn=pseudo_collate)
    assert all((batch['inputs'][0] == frame).all() for batch, frame in zip(loader, alone, strict=True))


def test_more_images_leave_the_others_as_they_are() -> None:
    few, more = Shapes(num_images=5), Shapes(num_images=9)
    for index in range(5):
        one, other = few.get_data_info(index), more.get_data_info(index)
        assert one['img_key'] == other['img_key']
        assert (one['render']() == other['render']()).all()


def test_splits_and_seeds_have_no_image_in_common() -> None:
    sets = [
        Shapes(split=split, num_images=150, data_seed=seed) for split in ('train', 'val', 'test') for seed in (0, 1)
    ]
    digests = [hashlib.sha256(info['render']().tobytes()).hexdigest() for dataset in sets for info in entries(dataset)]
    assert len(set(digests)) == len(digests) == 900
    assert len({info['img_key'] for dataset in sets[::2] for info in entries(dataset)}) == 450


def visible_pixels(image: ShapesImage, scale: int = 4) -> tuple[Scene, np.ndarray]:
    """Which thing owns each pixel, found by painting each in a colour of its own with OpenCV-free geometry.

    Points of a fine grid are tested against the outlines by counting crossings of a ray (even-odd rule).
    """
    scene = image.scene()
    fine = image.size * scale
    grid = (np.arange(fine) + 0.5) / scale
    owner = np.full((fine, fine), -1)
    for index, thing in enumerate(scene.things):
        inside = np.zeros((fine, fine), bool)
        for contour in thing.contours(image.size):
            for (x1, y1), (x2, y2) in zip(contour, np.roll(contour, -1, 0), strict=True):
                rows = (y1 <= grid) != (y2 <= grid)
                crossing = x1 + (grid[rows] - y1) * (x2 - x1) / (y2 - y1)
                inside[rows] ^= grid[None, :] < crossing[:, None]
        owner[inside] = index
    return scene, owner


def test_boxes_are_tight_around_what_can_be_seen() -> None:
    checked = 0
    for number in range(40):
        image = ShapesImage(0, 'train', number, 128)
        scene, owner = visible_pixels(image)
        boxes = [item['bbox'] for item in image.entry()['instances']]
        things = [index for index, thing in enumerate(scene.things) if thing.label >= 0]
        for index, box in zip(things, boxes, strict=True):
            # A stroke above may cover the rim: only things that none is near are compared.
            centre, reach = np.array(scene.things[index].centre), scene.things[index].radius
            if any(np.hypot(*(s.points - centre).T).min() < reach + 0.2 for s in scene.above):
                continue
            rows, columns = np.nonzero(owner == index)
            expected = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / 4
            # Thin tips: OpenCV fills every pixel that an outline touches.
            assert np.abs(expected - box).max() <= 2, (number, index)
            checked += 1
    assert checked > 50


def test_boxes_are_where_the_drawing_changes(many: Shapes) -> None:
    """Without a thing, the image differs inside its box and nowhere else."""
    for number in range(25):
        image = ShapesImage(0, 'train', number, 128)
        scene = image.scene()
        things = [index for index, thing in enumerate(scene.things) if thing.label >= 0]
        for index, item in zip(things, many.get_data_info(number)['instances'], strict=True):
            change = np.abs(draw(scene, 128).astype(int) - draw(scene.without([index]), 128)).sum(2)
            box = np.array(item['bbox'])
            # Where the rim of a thing above lets little through, the pixels are not counted as seen.
            strong, weak = extent(change > 150), extent(change > 0)
            assert (strong[:2] >= box[:2] - 1).all()
            assert (strong[2:] <= box[2:] + 1).all()
            assert (weak[:2] <= box[:2] + 1).all()
            assert (weak[2:] >= box[2:] - 1).all()


def extent(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(mask)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])


def test_labels_are_those_of_the_boxes(many: Shapes) -> None:
    for info in entries(many):
        assert set(np.flatnonzero(info['gt_label'])) == {item['bbox_label'] for item in info['instances']}
        assert info['gt_label'].any()


def test_small_covered_and_difficult_objects_are_there(many: Shapes) -> None:
    objects = [item for info in entries(many) for item in info['instances']]
    areas = np.array([(b[2] - b[0]) * (b[3] - b[1]) for b in (item['bbox'] for item in objects)]) / 128**2
    difficult = np.mean([item['ignore_flag'] for item in objects])
    assert (areas < 0.03).mean() > 0.3
    assert 0.01 < difficult < 0.15
    assert DIFFICULT_BELOW > LEAST_VISIBLE


def test_exclusive_labels_never_meet(labels: np.ndarray, many: Shapes) -> None:
    drawn = np.array([info['gt_label'] for info in entries(many)])
    for one, other in EXCLUSIVE:
        for table in (labels, drawn):
            assert not (table[:, CLASSES.index(one)] & table[:, CLASSES.index(other)]).any()


@pytest.mark.parametrize('name', COMPANIONS)
def test_companions_come_along(labels: np.ndarray, name: str) -> None:
    companion, rate = COMPANIONS[name]
    there, with_it = labels[:, CLASSES.index(name)], labels[:, CLASSES.index(companion)]
    # At least the designed rate, as it may come of itself too, less two standard errors.
    assert with_it[there].mean() > rate - 2 * np.sqrt(rate * (1 - rate) / there.sum())
    assert with_it[there].mean() > 2.5 * with_it[~there].mean()


def test_labels_of_a_theme_go_together(labels: np.ndarray) -> None:
    theme_of = np.array([next(i for i, names in enumerate(THEMES.values()) if name in names) for name in CLASSES])
    excluded = {frozenset(pair) for pair in EXCLUSIVE}
    lifts: dict[bool, list[float]] = {True: [], False: []}
    for i in range(len(CLASSES)):
        for j in range(i):
            if frozenset((CLASSES[i], CLASSES[j])) not in excluded:
                together = (labels[:, i] & labels[:, j]).mean()
                lifts[bool(theme_of[i] == theme_of[j])].append(together / labels[:, i].mean() / labels[:, j].mean())
    assert np.mean(lifts[True]) > 2 * np.mean(lifts[False])
    assert (labels.mean(0) > 0.04).all()


def test_proposals_are_made_and_bound_to_the_drawings(tmp_path: Path) -> None:
    generator = {'type': 'GraphSegmentation', 'scales': (200,)}
    ensure_proposals(Shapes(num_images=4), generator, tmp_path / 's.mlkd', processes=1)
    store = ProposalStore.open(tmp_path / 's.mlkd')
    assert set(store.keys()) == {f'train/{index:06d}.png' for index in range(4)}
    # Read in another size, boxes come along.
    pipeline = [{'type': 'LoadImage'}, {'type': 'PackMultiLabel'}]
    half = Shapes(size=64, num_images=4, proposal_file=str(tmp_path / 's.mlkd'), pipeline=pipeline)
    np.testing.assert_allclose(half[2]['data_samples'].proposals.bboxes, store['train/000002.png'].bboxes / 2)
    with pytest.raises(Exception, match='shapes-0') as caught:
        Shapes(data_seed=1, num_images=4, proposal_file=str(tmp_path / 's.mlkd'))
    assert 'shapes-1' in str(caught.value)


@pytest.mark.parametrize(
    ('settings', 'said'),
    [
        ({'split': 'tset'}, 'did you mean test'),
        ({'size': 16}, 'at least 32'),
        ({'size': 64.5}, 'a whole number'),
        ({'num_images': 0}, 'at least 1'),
        ({'data_seed': -1}, 'at least 0'),
    ],
)
def test_wrong_settings(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=f'Shapes.{next(iter(settings))}') as caught:
        Shapes(**settings)
    assert said in str(caught.value)


def test_a_data_root_does_no_harm() -> None:
    config = Config({'train_dataloader': {'dataset': {'type': 'Shapes', 'num_images': 2}}})
    assert 'data_root' not in point_to(config, '/nowhere').train_dataloader.dataset
    assert len(Shapes(num_images=2, data_root='/nowhere')) == 2
