"""Counts: hand-worked, of the drawn and the real data sets, and all that they cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from mmengine.dataset import ConcatDataset, RepeatDataset

from mlkd.datasets import CocoMultiLabel, NUSWide, VOCMultiLabel
from mlkd.datasets.class_names import COCO, NUS_WIDE
from mlkd.errors import DataError, PartitionError
from mlkd.partition import LabelCounts, read_counts

CLASSES = ('car', 'dog', 'person')
LABELS = np.array([[1, 0, 1], [1, 1, 1], [0, -1, 1], [-1, 1, 0], [0, 0, 0]], np.int8)


def counts(images: object = (2, 2, 3), pairs: object = ((0, 1, 2), (1, 0, 1), (2, 1, 0))) -> LabelCounts:
    return LabelCounts(CLASSES, np.asarray(images), np.asarray(pairs), 'toy')


def test_hand_worked() -> None:
    found = LabelCounts.of_labels(CLASSES, LABELS, 'toy')
    assert found.images.tolist() == [2, 2, 3]
    assert found.pairs.tolist() == [[0, 1, 2], [1, 0, 1], [2, 1, 0]]
    assert found.images.dtype == found.pairs.dtype == np.int64
    assert found.checksum == counts().checksum


def test_counting_is_exact_over_chunks() -> None:
    labels = (np.random.default_rng(0).random((20001, 7)) < 0.3).astype(np.int8)
    found = LabelCounts.of_labels(tuple('abcdefg'), labels)
    for i in range(7):
        for j in range(7):
            both = int((labels[:, i] & labels[:, j]).sum())
            assert both == (found.images[i] if i == j else found.pairs[i, j])


def test_nobody_writes_to_counts() -> None:
    with pytest.raises(ValueError, match='read-only'):
        counts().pairs[0, 1] = 5


def test_permuted_by_name() -> None:
    found = counts().permuted(('person', 'car', 'dog'))
    assert found.images.tolist() == [3, 2, 2]
    assert found.pairs.tolist() == [[0, 2, 1], [2, 0, 1], [1, 1, 0]]
    assert found.checksum == counts().checksum
    assert counts((2, 2, 2)).checksum != counts().checksum


def test_counts_of_two_sets_of_images() -> None:
    one, other = LabelCounts.of_labels(CLASSES, LABELS[:2], 'a'), LabelCounts.of_labels(CLASSES, LABELS[2:], 'b')
    found = one + other.permuted(('person', 'dog', 'car'))
    assert found.checksum == counts().checksum
    assert (found.classes, found.dataset) == (CLASSES, 'a+b')
    assert (one + one).dataset == 'a'


def test_earthq_is_earthquake() -> None:
    labels = LABELS[:, :2]
    own, published = (LabelCounts.of_labels((name, 'sky'), labels) for name in ('earthquake', 'earthq'))
    assert published.checksum == own.checksum
    assert published.permuted(('sky', 'earthquake')).classes == ('sky', 'earthquake')
    with pytest.raises(PartitionError, match='named twice'):
        LabelCounts.of_labels(('earthq', 'earthquake'), labels)


@pytest.mark.parametrize(
    ('classes', 'words'),
    [
        (('car', 'dog', 'persn'), 'did you mean person'),
        (('car', 'dog'), 'without person'),
        (('car', 'dog', 'person', 'cat'), 'cat'),
        (('car', 'dog', 'dog'), 'named twice'),
    ],
)
def test_permuted_to_other_labels(classes: tuple[str, ...], words: str) -> None:
    with pytest.raises(PartitionError, match=words):
        counts().permuted(classes)


@pytest.mark.parametrize(
    ('images', 'pairs', 'words'),
    [
        ((2, 2, 3), ((0, 1, 2), (0, 0, 1), (2, 1, 0)), 'not symmetric'),
        ((2, 2, 3), ((0, -1, 2), (-1, 0, 1), (2, 1, 0)), 'negative'),
        ((2, 2, 3), ((0, 0.5, 0), (0.5, 0, 0), (0, 0, 0)), 'shares'),
        ((2, 2, np.nan), ((0, 1, 0), (1, 0, 0), (0, 0, 0)), 'no whole number'),
        ((2, 2, 3), ((2, 1, 0), (1, 0, 0), (0, 0, 0)), 'diagonal'),
        ((2, 2, 3), ((0, 3, 0), (3, 0, 0), (0, 0, 0)), '3 images with car and dog, but 2 and 2'),
        ((2, 2, 3), ((0, 4, 4), (4, 0, 2), (4, 2, 0)), 'counted twice, as in data/nuswide/nuswide_adj.pkl'),
        ((2, 2), ((0, 1), (1, 0)), r'expected: whole numbers of shape \(3,\)'),
        ((2, 2, 3), ((0, 1), (1, 0)), r'expected: whole numbers of shape \(3, 3\)'),
        (('a', 'b', 'c'), ((0, 1, 0), (1, 0, 0), (0, 0, 0)), 'do not fit'),
    ],
)
def test_counts_that_cannot_be(images: object, pairs: object, words: str) -> None:
    with pytest.raises(PartitionError, match=words):
        counts(images, pairs)


@pytest.mark.parametrize(
    ('labels', 'words'),
    [(LABELS[:, :2], r'\(number of images, 3\)'), (LABELS[0], 'shape'), (2 * LABELS, 'none of 1, 0 and -1')],
)
def test_labels_that_do_not_fit(labels: np.ndarray, words: str) -> None:
    with pytest.raises(PartitionError, match=words):
        LabelCounts.of_labels(CLASSES, labels)


def test_names_are_a_list() -> None:
    with pytest.raises(PartitionError, match='no names'):
        LabelCounts.of_labels('', LABELS)


def test_of_datasets_without_their_images(make_voc: Callable[..., Path], make_nuswide: Callable[..., Path]) -> None:
    root = make_voc()
    for image in (root / 'VOCdevkit' / 'VOC2007' / 'JPEGImages').iterdir():
        image.unlink()
    voc = VOCMultiLabel(data_root=str(root), split='trainval', lazy_init=True)
    found = LabelCounts.of_dataset(voc)
    by_name = dict(zip(found.classes, found.images.tolist(), strict=True))
    # The only person beside the dog is difficult, which is not known to be there.
    assert {name: n for name, n in by_name.items() if n} == {'dog': 1, 'cat': 1, 'person': 1, 'train': 1, 'bird': 1}
    assert found.pairs.sum() == 2
    assert found.pairs[found.classes.index('bird'), found.classes.index('train')] == 1
    nus = NUSWide(data_root=str(make_nuswide()), split='train')
    found = LabelCounts.of_dataset(nus)
    assert (found.dataset, found.classes) == ('nuswide', NUS_WIDE)
    assert found.images[NUS_WIDE.index('sky')] == 2
    twice = LabelCounts.of_dataset(RepeatDataset(nus, 2))
    both = LabelCounts.of_dataset(ConcatDataset([nus, nus]))
    assert (twice.images == 2 * found.images).all()
    assert both.checksum == twice.checksum


def test_of_coco(make_coco: Callable[..., Path]) -> None:
    found = LabelCounts.of_dataset(CocoMultiLabel(data_root=str(make_coco())))
    assert found.images[COCO.index('dog')] == found.images[COCO.index('toothbrush')] == 1
    assert found.pairs[COCO.index('dog'), COCO.index('toothbrush')] == 1


def test_a_dataset_without_labels() -> None:
    class Unlabelled:
        metainfo = {'classes': CLASSES}

        def full_init(self) -> None: ...

        def get_data_info(self, index: int) -> dict:
            return {'img_path': str(index)}

        def __len__(self) -> int:
            return 2

    with pytest.raises(DataError, match='without gt_label'):
        LabelCounts.of_dataset(Unlabelled())


def test_voc_counts_are_a_part_of_those_of_ml_gcn(real_data: Callable[[str], Path]) -> None:
    """Those are of trainval, which train is half of."""
    published = read_counts(real_data('label_graph') / 'voc07.npz')
    found = LabelCounts.of_dataset(VOCMultiLabel(data_root=str(real_data('voc07')), split='train'))
    found = found.permuted(published.classes)
    assert (found.images < published.images).all()
    assert (found.pairs <= published.pairs).all()
    assert 0.48 < found.images.sum() / published.images.sum() < 0.52
    assert 0.45 < found.pairs.sum() / published.pairs.sum() < 0.55


@pytest.mark.parametrize(
    ('name', 'images', 'pairs', 'most', 'zero'),
    [('coco', 241035, 741362, 45174, 1172), ('nuswide', 301459, 736692, 44255, 2480)],
)
def test_published_sums(
    real_data: Callable[[str], Path], name: str, images: int, pairs: int, most: int, zero: int
) -> None:
    """Spec 1.1."""
    found = read_counts(real_data('label_graph') / f'{name}.npz')
    assert (found.images.sum(), found.pairs.sum(), found.images.max()) == (images, pairs, most)
    assert int((found.pairs == 0).sum()) - found.num_classes == zero
    own = NUS_WIDE if name == 'nuswide' else COCO
    assert (
        found.permuted(own).images[own.index('person')] == dict(zip(found.classes, found.images, strict=True))['person']
    )
