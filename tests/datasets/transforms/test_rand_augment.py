from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from mlkd.datasets.transforms import RandAugment
from mlkd.datasets.transforms.augment_ops import GEOMETRIC, MAGNITUDES, SIGNED
from mlkd.errors import ConfigError
from mlkd.registry import TRANSFORMS


def seed(number: int) -> None:
    np.random.seed(number)  # noqa: NPY002 - what transforms draw from


def sample(img: np.ndarray, **more: object) -> dict:
    return {'img': img, 'img_shape': img.shape[:2], 'ori_shape': img.shape[:2], **more}


def test_operations_and_levels_are_drawn_as_the_package_draws_them() -> None:
    """Two of fifteen operations, nine levels, one half each, both ways: all within four standard deviations."""
    seed(0)
    transform, rounds = RandAugment(), 15_000
    draws = [transform.choose() for _ in range(rounds)]
    counts = Counter(len(chosen) for chosen in draws)
    assert [counts[n] / rounds for n in range(3)] == pytest.approx([0.25, 0.5, 0.25], abs=0.015)
    names = Counter(name for chosen in draws for name, _ in chosen)
    assert set(names) == set(MAGNITUDES)
    assert len(names) == 15
    assert all(abs(count - rounds / 15) < 4 * (rounds / 15) ** 0.5 for count in names.values())
    for name in SIGNED:
        drawn = Counter(value for chosen in draws for other, value in chosen if other == name)
        assert set(drawn) == {sign * value for value in MAGNITUDES[name][1:] for sign in (-1, 1)}
        assert max(drawn.values()) < 2 * min(drawn.values()), name
    assert {value for chosen in draws for name, value in chosen if name == 'rotate'} == set(MAGNITUDES['rotate'][1:])
    pairs = Counter((a[0], b[0]) for a, b in (chosen for chosen in draws if len(chosen) == 2))
    assert len(pairs) == 225


def test_level_0_is_never_drawn_and_the_same_operation_may_come_twice() -> None:
    seed(1)
    draws = [RandAugment(ops=['brightness'], prob=1.0).choose() for _ in range(300)]
    assert all(len(chosen) == 2 for chosen in draws)
    assert {abs(value) for chosen in draws for _, value in chosen} == set(MAGNITUDES['brightness'][1:])


def test_colour_order() -> None:
    """Grey of pure red is Rec. 601's 76, not blue's 29; images are BGR."""
    red = np.zeros((8, 8, 3), np.uint8)
    red[:, :, 2] = 255
    transform = RandAugment(num_ops=1, prob=1.0, ops=['color'])
    while True:
        out = transform(sample(red.copy()))['img'][0, 0].tolist()
        if out[2] < 255:
            break
    blue, green, kept = out
    assert blue == green
    share = (255 - kept) / (255 - 76)
    assert blue == pytest.approx(76 * share, abs=1.5)
    hole = RandAugment(num_ops=1, prob=1.0, ops=['cutout'])(sample(np.zeros((64, 64, 3), np.uint8)))['img']
    assert (113, 122, 125) in {tuple(pixel) for pixel in hole.reshape(-1, 3).tolist()}


def test_same_seed_same_image_and_type() -> None:
    img = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    outputs = []
    for _ in range(2):
        seed(5)
        outputs.append([RandAugment()(sample(img.copy()))['img'] for _ in range(20)])
    assert all(np.array_equal(a, b) for a, b in zip(*outputs, strict=True))
    assert all(out.shape == img.shape and out.dtype == np.uint8 and out.flags.c_contiguous for out in outputs[0])
    assert any(not np.array_equal(out, img) for out in outputs[0])


@pytest.mark.parametrize('name', GEOMETRIC)
def test_boxes_follow(name: str) -> None:
    """A bright rectangle in the new picture lies in its box, and touches each side of it."""
    for number in range(12):
        seed(number)
        img = np.full((120, 160, 3), 128, np.uint8)
        img[50:70, 60:100] = 255
        boxes = {'proposals': np.array([[60, 50, 100, 70]], np.float32), 'proposal_scores': np.array([0.5], np.float32)}
        out = RandAugment(num_ops=1, prob=1.0, ops=[name])(sample(img, **boxes))
        y, x = (out['img'][:, :, 0] > 191).nonzero()
        bright = [x.min(), y.min(), x.max() + 1, y.max() + 1]
        assert out['proposals'][0].tolist() == pytest.approx(bright, abs=1.6)


def test_boxes_that_leave_the_image() -> None:
    img = np.zeros((100, 100, 3), np.uint8)
    boxes = np.array([[0, 40, 5, 60], [95, 40, 100, 60], [40, 40, 60, 60]], np.float32)
    scores = np.array([3, 1, 2], np.float32)
    gone = 0
    for number in range(40):
        seed(number)
        out = RandAugment(num_ops=1, prob=1.0, ops=['translate_x'])(
            sample(
                img.copy(), proposals=boxes.copy(), proposal_scores=scores, gt_bboxes=boxes[:2].copy(),
                gt_bboxes_labels=np.array([7, 8]), gt_ignore_flags=np.array([False, True]),
            )
        )  # fmt: skip
        assert len(out['proposals']) == len(out['proposal_scores'])
        assert len(out['gt_bboxes']) == len(out['gt_bboxes_labels']) == len(out['gt_ignore_flags'])
        assert 2.0 in out['proposal_scores']
        assert (out['proposals'] >= 0).all()
        assert (out['proposals'] <= 100).all()
        gone += len(out['proposals']) < 3
    assert gone > 30


def test_an_image_keeps_a_proposal() -> None:
    seed(0)
    only = {'proposals': np.array([[0, 0, 4, 4], [96, 96, 100, 100]], np.float32)}
    only['proposal_scores'] = np.array([1, 2], np.float32)
    transform = RandAugment(num_ops=2, prob=1.0, ops=['translate_x', 'translate_y'])
    whole = []
    for _ in range(60):
        out = transform(sample(np.zeros((100, 100, 3), np.uint8), **only))
        whole += [out['proposal_scores'].tolist() for box in out['proposals'] if box.tolist() == [0, 0, 100, 100]]
    assert [2.0] in whole


def test_mlkds_own_is_found_first() -> None:
    assert isinstance(TRANSFORMS.build({'type': 'RandAugment'}), RandAugment)
    assert RandAugment().is_random
    assert not RandAugment(prob=0).is_random


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        ({'ops': ['shearx']}, 'did you mean shear_x'),
        ({'prob': 1.5}, 'at most 1'),
        ({'num_ops': -1}, 'num_ops'),
        ({'ops': []}, 'no operation'),
    ],
)
def test_arguments_that_make_no_sense(arguments: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        RandAugment(**arguments)
