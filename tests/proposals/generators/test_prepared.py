"""A generator at work: prepared once, on one thread, each box once."""

from __future__ import annotations

import pickle
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from mlkd.errors import ConfigError
from mlkd.proposals import ProposalGenerator
from mlkd.proposals.generators.prepared import PreparedGenerator

IMAGE = np.zeros((6, 9, 3), np.uint8)


class Given(ProposalGenerator):
    """Gives what it is given, once it is prepared."""

    def __init__(self, boxes: Any = (), scores: Any = ()) -> None:
        self.boxes, self.scores = boxes, scores
        self.calls: list[str] = []

    def prepare(self) -> None:
        self.calls.append('prepare')

    def __call__(self, image: np.ndarray) -> Any:
        self.calls.append('call')
        self.threads = cv2.getNumThreads(), torch.get_num_threads()
        if self.boxes is None:
            raise ValueError('no edges')
        return self.boxes, self.scores


def test_prepared_once_and_not_for_nothing() -> None:
    working = PreparedGenerator(given := Given([[0, 0, 1, 1]], [1]))
    assert given.calls == []
    working(IMAGE)
    working.prepare()
    working(IMAGE)
    assert given.calls == ['prepare', 'call', 'call']


def test_what_preparing_raises_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Given) -> None:
        raise ConfigError('There is no model.')

    monkeypatch.setattr(Given, 'prepare', fail)
    with pytest.raises(ConfigError, match='no model'):
        PreparedGenerator(Given())(IMAGE)


def test_of_equal_boxes_the_first_counts() -> None:
    boxes = np.array([[5, 0, 6, 1], [0, 0, 1, 1], [5, 0, 6, 1], [5, 0, 6, 2], [0, 0, 1, 1]], np.float64)
    # Equal in float32, which is what is stored.
    boxes[2] *= 1 + 1e-12
    bboxes, scores = PreparedGenerator(Given(boxes, [0.1, 0.2, 0.9, 0.4, 0.5]))(IMAGE)
    assert bboxes.tolist() == [[5, 0, 6, 1], [0, 0, 1, 1], [5, 0, 6, 2]]
    np.testing.assert_array_equal(scores, np.array([0.1, 0.2, 0.4], np.float32))
    assert (bboxes.dtype, scores.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize(('boxes', 'scores'), [([1, 2, 3, 4], [1]), ([[1, 1, 2, 2], [1, 1, 2, 2]], [1])])
def test_what_makes_no_sense_is_left_to_who_checks_it(boxes: list, scores: list) -> None:
    found = PreparedGenerator(Given(boxes, scores))(IMAGE)
    assert [part.tolist() for part in found] == [boxes, scores]


@pytest.mark.parametrize('boxes', [[[0, 0, 1, 1]], None])
def test_a_generator_has_one_thread_and_others_theirs_again(boxes: list | None) -> None:
    def threads() -> tuple[int, int]:
        return cv2.getNumThreads(), torch.get_num_threads()

    before, given = threads(), Given(boxes, [1])
    cv2.setNumThreads(2)
    torch.set_num_threads(3)
    try:
        try:
            PreparedGenerator(given)(IMAGE)
        except ValueError:
            assert boxes is None
        assert given.threads == (1, 1)
        assert threads() == (2, 3)
    finally:
        cv2.setNumThreads(before[0])
        torch.set_num_threads(before[1])


def test_may_be_sent_to_a_process() -> None:
    assert pickle.loads(pickle.dumps(PreparedGenerator(Given([[0, 0, 1, 1]], [1]))))(IMAGE)[0].tolist() == [
        [0, 0, 1, 1]
    ]
