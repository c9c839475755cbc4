"""What becomes of each image, in this process and in others."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from mlkd.errors import ConfigError, DataError, ProposalError
from mlkd.proposals import ProposalGenerator, pool
from mlkd.proposals.pool import Outcome, compute

SIZE = (6, 9)


class OneBox(ProposalGenerator):
    """The box (v, 0, v + 1, 2) of an image of value v, with score v; does what ``at`` says at some values."""

    def __init__(self, **at: Any) -> None:
        self.at = {int(name[1:]): what for name, what in at.items()}
        self.prepared = 0

    def prepare(self) -> None:
        self.prepared += 1

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value = int(image[0, 0, 0])
        what = self.at.get(value)
        if isinstance(what, BaseException):
            raise what
        if what == 'die':
            os.kill(os.getpid(), signal.SIGKILL)
        return what if what is not None else (np.array([[value, 0, value + 1, 2]]), np.array([value]))


def image(index: int) -> np.ndarray:
    return np.full((*SIZE, 3), index, np.uint8)


def run(indices: Any, processes: int = 1, **at: Any) -> dict[int, Outcome]:
    return {outcome.index: outcome for outcome in compute(indices, OneBox(**at), image, processes)}


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes begin as copies of this one, which spares them their imports."""
    context = multiprocessing.get_context('fork')
    monkeypatch.setattr(pool.multiprocessing, 'get_context', lambda kind: context)


def test_each_image_when_it_is_asked_for() -> None:
    read: list[int] = []
    outcomes = compute(iter([4, 2, 7]), OneBox(), lambda index: read.append(index) or image(index), 1)
    first = next(outcomes)
    assert read == [4]
    assert (first.index, first.size, first.error) == (4, SIZE, None)
    assert (first.bboxes.tolist(), first.scores.tolist()) == ([[4, 0, 5, 2]], [4])
    assert first.bboxes.dtype == first.scores.dtype == np.float32
    assert first.seconds > 0
    assert [outcome.index for outcome in outcomes] == [2, 7]


def test_the_generator_is_prepared_once_and_not_for_nothing() -> None:
    generator = OneBox()
    assert not list(compute([], generator, image, 1))
    assert generator.prepared == 0
    assert len(list(compute(range(3), generator, image, 1))) == 3
    assert generator.prepared == 1


def test_an_error_costs_one_image() -> None:
    wrong = DataError('The image cannot be decoded.', where='x.jpg', found='a cut file')
    found = run(range(6), _1=wrong, _2=DataError('Alone.'), _3=ValueError('no\n  edges'), _5=SystemExit(3))
    errors = ['The image cannot be decoded. a cut file', 'Alone.', 'ValueError: no edges', None, 'SystemExit: 3']
    assert [outcome.error for outcome in found.values()] == [None, *errors]
    for index in (1, 2, 3, 5):
        assert (found[index].bboxes.shape, found[index].scores.shape, found[index].size) == ((0, 4), (0,), (0, 0))
    assert found[4].bboxes.tolist() == [[4, 0, 5, 2]]


def test_an_image_that_cannot_be_read() -> None:
    def broken(index: int) -> np.ndarray:
        raise OSError('the disk is gone')

    (found,) = compute([3], OneBox(), broken, 1)
    assert (found.index, found.error) == (3, 'OSError: the disk is gone')


def test_ctrl_c_is_no_error_of_an_image() -> None:
    with pytest.raises(KeyboardInterrupt):
        run(range(3), _1=KeyboardInterrupt())


def test_a_generator_that_cannot_be_prepared_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: OneBox) -> None:
        raise ConfigError('There is no model.')

    monkeypatch.setattr(OneBox, 'prepare', fail)
    with pytest.raises(ConfigError, match='no model'):
        run(range(3))


@pytest.mark.usefixtures('forks')
def test_processes_give_what_one_gives() -> None:
    wrong = DataError('The image cannot be decoded.')
    alone, together = run(range(9), _3=wrong), run(range(9), processes=2, _3=wrong)
    assert together.keys() == alone.keys()
    for index, outcome in alone.items():
        np.testing.assert_array_equal(together[index].bboxes, outcome.bboxes)
        np.testing.assert_array_equal(together[index].scores, outcome.scores)
        assert (together[index].error, together[index].size) == (outcome.error, outcome.size)


@pytest.mark.usefixtures('forks')
def test_images_are_given_out_as_they_are_needed() -> None:
    given: list[int] = []

    def numbered() -> Iterator[int]:
        for index in range(100):
            given.append(index)
            yield index

    outcomes = compute(numbered(), OneBox(), image, 2)
    next(outcomes)
    assert given == [0, 1, 2, 3]
    outcomes.close()
    assert len(given) == 4


@pytest.mark.usefixtures('forks')
def test_a_process_that_dies_costs_the_image_to_blame() -> None:
    found = run(range(8), processes=2, _5='die')
    assert sorted(found) == list(range(8))
    assert [index for index, outcome in found.items() if outcome.error] == [5]
    assert 'crashed' in (found[5].error or '')
    assert found[5].bboxes.shape == (0, 4)
    assert found[7].bboxes.tolist() == [[7, 0, 8, 2]]


@pytest.mark.usefixtures('forks')
def test_where_every_process_dies_there_is_something_else_to_blame() -> None:
    with pytest.raises(ProposalError, match='Every process') as caught:
        run(range(4), processes=2, _0='die', _1='die', _2='die', _3='die')
    assert 'one process' in caught.value.fix
    # Of a single image nobody knows; and once images were made, those that crash are to blame.
    assert 'crashed' in (run([2], processes=2, _2='die')[2].error or '')


@pytest.mark.usefixtures('forks')
def test_what_ends_the_run_comes_back_from_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: OneBox) -> None:
        raise ConfigError('There is no model.', where='x', fix='get one')

    monkeypatch.setattr(OneBox, 'prepare', fail)
    with pytest.raises(ConfigError, match='no model') as caught:
        run(range(3), processes=2)
    assert (caught.value.where, caught.value.fix) == ('x', 'get one')
