"""Entries: instances and their errors."""

from __future__ import annotations

import numpy as np

from mlkd.datasets.entries import box_errors, entry_errors, instance, label_errors


def test_rounding_of_published_boxes_is_clipped() -> None:
    assert instance((-0.5, 0, 20.2, 10), 3, True, (10, 20)) == {
        'bbox': [0, 0, 20, 10],
        'bbox_label': 3,
        'ignore_flag': 1,
    }
    assert instance((-5, 0, 20.2, 15), 3, False, (10, 20))['bbox'] == [-5, 0, 20, 15]
    assert instance((-0.5, 0, 20.2, 10), 3, False)['bbox'] == [-0.5, 0, 20.2, 10]


def entry(label: list[int], *boxes: tuple[float, ...]) -> dict:
    instances = [{'bbox': list(box), 'bbox_label': 0, 'ignore_flag': 0} for box in boxes]
    return {'img_path': 'a.jpg', 'gt_label': np.array(label), 'instances': instances, 'height': 10, 'width': 20}


def test_every_error_is_found() -> None:
    entries = [entry([1, 0], (0, 0, 20, 10)), entry([1], (0, 0, 0, 5), (0, 0, 21, 5)), entry([1, 0, 0])]
    assert len(list(label_errors(entries, ('a', 'b')))) == 2
    assert [error.what for error in box_errors(entries, 2)] == [
        'A box of the annotation has no area.',
        'A box of the annotation leaves its image.',
    ]
    assert len(list(entry_errors(entries, ('a', 'b')))) == 4


def test_error_of_a_box_says_which() -> None:
    (error,) = box_errors([entry([1], (0, 0, 5, 5), (3, 0, 25, 5))], 1)
    assert error.where == 'a.jpg, object 1'
    assert '[3.0, 0.0, 25.0, 5.0]' in error.found
    assert 'x2 <= 20' in error.expected


def test_without_sizes_and_boxes() -> None:
    bare = {'img_path': 'a.jpg', 'gt_label': np.array([1])}
    far = {**bare, 'instances': [{'bbox': [0, 0, 1e6, 1e6], 'bbox_label': 0, 'ignore_flag': 0}]}
    assert list(entry_errors([bare, far], ('a',))) == []
