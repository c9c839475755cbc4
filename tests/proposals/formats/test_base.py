"""What formats of proposal files have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlkd.errors import ProposalError
from mlkd.proposals.formats.base import (
    BOX_OPTIONS,
    BoxOptions,
    FileEntry,
    ImageEntry,
    ProposalFormat,
    checked_boxes,
    checked_scores,
)
from mlkd.proposals.formats.convention import Convention


class Least(ProposalFormat):
    """As little as a format can be; boxes as MATLAB has them."""

    CONVENTION = Convention(axes='yx', origin=1, end='inclusive')

    def read(self, path: Path) -> Iterator[FileEntry]:
        yield FileEntry('a.jpg', np.zeros((0, 4)), None, f'{path}: 1')

    def write(self, path: Path, entries: Iterable[ImageEntry]) -> None: ...


class WithOptions(BoxOptions, Least):
    """The same, for files that come in several conventions."""

    CONVENTION = Convention(origin=1)


def test_what_a_format_need_not_say(tmp_path: Path) -> None:
    made = Least()
    assert made.convention is Least.CONVENTION
    assert made.chosen == set(BOX_OPTIONS) == set(vars(Convention()))
    assert made.settings() == {}
    assert made.catalogue(tmp_path) is None
    assert not Least.recognises(tmp_path)
    assert (Least.NAMES_ALL, Least.SUFFIXES) == (True, ())


def test_boxes_of_a_file_in_pixels() -> None:
    # Rows 3 to 5 and columns 1 to 2, counted from one, the last ones included.
    assert Least().to_pixels(np.array([[3, 1, 5, 2]]), (9, 9)).tolist() == [[0, 2, 2, 5]]


def test_options_that_are_given_count_and_are_beyond_doubt() -> None:
    made = WithOptions(box_mode='xywh', axes=None)
    assert made.convention == Convention(origin=1, box_mode='xywh')
    assert made.chosen == {'box_mode'}
    assert made.settings() == {'axes': 'xy', 'box_mode': 'xywh', 'origin': 1, 'end': 'exclusive'}
    assert WithOptions().chosen == frozenset()
    # None of it is that of other files of the format.
    assert Convention(origin=1) == WithOptions.CONVENTION
    zero = WithOptions(origin=0)
    assert (zero.convention.origin, zero.chosen) == (0, {'origin'})


@pytest.mark.parametrize('boxes', [np.zeros(0), np.zeros((0, 4)), np.zeros((1, 0)), np.zeros((0, 7))])
def test_nothing_of_any_shape_is_no_box(boxes: np.ndarray) -> None:
    assert checked_boxes(boxes, 'x').shape == (0, 4)
    assert checked_boxes(boxes, 'x', (5, 6)).shape == (0, 5)


def test_boxes_stay_what_they_are() -> None:
    boxes = np.arange(10.0).reshape(2, 5)
    assert checked_boxes(boxes, 'x', (4, 5)) is boxes


@pytest.mark.parametrize(
    ('boxes', 'found'),
    [
        (None, 'no numbers'),
        (np.zeros(4), 'shape (4,)'),
        (np.zeros((2, 5)), 'shape (2, 5)'),
        (np.zeros((1, 1, 4)), '1, 4'),
    ],
)
def test_boxes_that_are_no_table(boxes: Any, found: str) -> None:
    with pytest.raises(ProposalError, match='not a table') as caught:
        checked_boxes(boxes, 'file: 3', (4, 6))
    assert found in caught.value.found
    assert (caught.value.where, caught.value.expected) == ('file: 3', '(R, 4 or 6)')


@pytest.mark.parametrize('shape', [(3,), (1, 3), (3, 1)])
def test_a_row_or_a_column_of_scores(shape: tuple[int, ...]) -> None:
    assert checked_scores(np.arange(3.0).reshape(shape), 3, 'x').tolist() == [0, 1, 2]


def test_one_score_and_none() -> None:
    assert checked_scores(np.array(0.5), 1, 'x').tolist() == [0.5]
    assert checked_scores(np.zeros((1, 0)), 0, 'x').shape == (0,)


@pytest.mark.parametrize(
    ('scores', 'count', 'found'),
    [
        (None, 2, '2 boxes, no scores that are numbers'),
        (np.zeros(3), 2, '2 boxes, scores (3,)'),
        (np.zeros((2, 2)), 4, '4 boxes, scores (2, 2)'),
        (np.zeros(0), 1, '1 boxes, scores (0,)'),
    ],
)
def test_scores_that_do_not_fit(scores: Any, count: int, found: str) -> None:
    with pytest.raises(ProposalError, match='not as many scores') as caught:
        checked_scores(scores, count, 'file: 3')
    assert (caught.value.found, caught.value.where) == (found, 'file: 3')
