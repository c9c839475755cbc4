"""Recall of a store on the objects of a data set: what counts, in which frame, in which order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlkd.errors import DataError, ProposalError
from mlkd.evaluation import proposal_recall
from mlkd.evaluation.functional import box_overlaps, covering_ranks, recall_at
from mlkd.evaluation.functional.box_recall import NEVER
from mlkd.evaluation.proposal_recall import counted_objects, rank_objects
from mlkd.proposals import ProposalStore
from tests.proposals.raw_store import write_raw

SIZE = (100, 200)


def entry(key: str, *objects: tuple) -> dict:
    """An entry of a data set; an object is (box, class, ignored[, area])."""
    names = ('bbox', 'bbox_label', 'ignore_flag', 'area')
    instances = [dict(zip(names, item, strict=False)) for item in objects]
    return {'img_key': key, 'height': SIZE[0], 'width': SIZE[1], 'instances': instances}


def test_what_counts() -> None:
    images, ignored = counted_objects(
        [
            entry('a', ([0, 0, 10, 20], 3, 0), ([0, 0, 9, 9], 1, 1), ([1, 1, 5, 5], 0, 0, 7.5)),
            entry('b', ([0, 0, 9, 9], 1, 1)),
            {'img_key': 'c'},
        ]
    )
    assert ignored == 2
    assert [image.key for image in images] == ['a', 'b', 'c']
    assert images[0].boxes.tolist() == [[0, 0, 10, 20], [1, 1, 5, 5]]
    assert images[0].classes.tolist() == [3, 0]
    # The area of the annotation where it has one: COCO sorts objects by their segments.
    assert images[0].areas.tolist() == [200, 7.5]
    assert (images[0].size, images[2].size) == (SIZE, None)
    assert len(images[1].boxes) == 0


def test_no_object_counts() -> None:
    with pytest.raises(DataError, match='no object') as caught:
        counted_objects([entry('a', ([0, 0, 9, 9], 1, 1)), {'img_key': 'b'}])
    assert '2 images, 1 objects' in str(caught.value)


def test_boxes_compete_by_score_and_equal_ones_in_their_order(tmp_path: Path) -> None:
    boxes = [[0, 0, 20, 20], [100, 0, 120, 20], [50, 50, 60, 60]]
    store = write_raw(tmp_path / 'raw.mlkd', {'a': (boxes, [0.2, 0.9, 0.2], SIZE)})
    images, _ = counted_objects([entry('a', *((box, 0, 0) for box in boxes))])
    ranks = rank_objects(store, images, 10)
    assert ranks.together[0].tolist() == [1, 0, 2]
    assert rank_objects(store, images, 2).together[0].tolist() == [1, 0, NEVER]


def test_boxes_of_another_frame_are_brought_into_the_image(tmp_path: Path) -> None:
    # Stored for 672 x 672: x by 200/672, y by 100/672.
    store = write_raw(tmp_path / 'raw.mlkd', {'a': ([[336, 336, 672, 672]], None, (672, 672))})
    images, _ = counted_objects([entry('a', ([100, 50, 200, 100], 0, 0))])
    assert rank_objects(store, images, 10).together[:, 0].tolist() == [0] * 10
    unknown = entry('a', ([336, 336, 672, 672], 0, 0))
    del unknown['height']
    assert rank_objects(store, counted_objects([unknown])[0], 10).together[:, 0].tolist() == [0] * 10


def test_classes_and_sizes_are_matched_as_if_alone(tmp_path: Path) -> None:
    # One box for two objects that it covers by half or more: of different classes and sizes.
    small, large = [0, 0, 30, 30], [0, 0, 40, 40]
    store = write_raw(tmp_path / 'raw.mlkd', {'a': ([[0, 0, 36, 36]], None, SIZE)})
    ranks = rank_objects(store, counted_objects([entry('a', (small, 0, 0), (large, 1, 0))])[0], 10)
    assert ranks.together[0].tolist() == [NEVER, 0]
    assert ranks.by_class[0].tolist() == [0, 0]
    assert ranks.by_size[0, 0, 0] == ranks.by_size[1, 0, 1] == 0
    same = rank_objects(store, counted_objects([entry('a', (small, 1, 0), (large, 1, 0))])[0], 10)
    assert same.by_class[0].tolist() == [NEVER, 0]


def _random(tmp_path: Path, images: int) -> tuple[ProposalStore, list]:
    random = np.random.default_rng(5)

    def boxes(count: int) -> np.ndarray:
        low = random.integers(0, 60, (count, 2))
        return np.concatenate([low, low + random.integers(3, 40, (count, 2))], 1).astype(float)

    made = {f'{i}.jpg': (boxes(30).tolist(), random.random(30).tolist(), SIZE) for i in range(images)}
    entries = [entry(key, *((box, int(random.integers(3)), 0) for box in boxes(4).tolist())) for key in made]
    return write_raw(tmp_path / 'raw.mlkd', made), counted_objects(entries)[0]


def test_equals_matching_image_by_image_however_many_processes(tmp_path: Path, monkeypatch) -> None:
    store, images = _random(tmp_path, 7)
    monkeypatch.setattr(proposal_recall, '_CHUNK', 3)
    done: list[int] = []
    one = rank_objects(store, images, 20, 1, done.append)
    assert done == [3, 3, 1]
    expected = []
    for image in images:
        order = np.argsort(-store[image.key].scores, kind='stable')[:20]
        expected.append(covering_ranks(box_overlaps(store[image.key].bboxes[order], image.boxes)))
    np.testing.assert_array_equal(one.together, np.concatenate(expected, axis=1))
    assert 0.05 < recall_at(one.together, [20])[0, 0] < 0.99
    monkeypatch.setattr(proposal_recall, '_WORTH_PROCESSES', 0)
    two = rank_objects(store, images, 20, 2)
    for name in ('together', 'by_class', 'by_size', 'classes', 'areas'):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


def test_a_store_for_other_images(tmp_path: Path) -> None:
    store, images = _random(tmp_path, 2)
    other, _ = counted_objects([entry('7.jpg', ([0, 0, 5, 5], 0, 0))])
    with pytest.raises(ProposalError, match=r'no entry'):
        rank_objects(store, [*images, *other], 10)
