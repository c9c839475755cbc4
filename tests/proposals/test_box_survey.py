"""Boxes that are not what they are taken for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mlkd.errors import ProposalError
from mlkd.proposals.box_survey import BoxSurvey
from mlkd.proposals.formats import COCOResults, Datalist, Detectron2Pickle, EdgeBoxesMat, WetectronPickle
from mlkd.proposals.formats.base import BoxOptions, FileEntry
from mlkd.proposals.formats.convention import Convention

SIZES = [(375, 500), (500, 375), (300, 400)]


def drawn(index: int, count: int = 100) -> np.ndarray:
    """Random whole boxes of an image, of which some touch each border."""
    random = np.random.default_rng(index)
    height, width = SIZES[index % 3]
    corners = np.sort(random.integers(0, (width, height), (count, 2, 2)), axis=1)
    boxes = np.concatenate([corners[:, 0], corners[:, 1] + 1], axis=1).astype(np.float32)
    boxes[:8, 0], boxes[8:16, 1], boxes[16:24, 2], boxes[24:32, 3] = 0, 0, width, height
    return boxes


def surveyed(reader: BoxOptions, written: Convention, clip: bool = False) -> BoxSurvey:
    survey = BoxSurvey(reader, clip)
    for index, size in enumerate(SIZES):
        survey.take(FileEntry(f'{index}', written.from_pixels(drawn(index)), None, f'f.mat, {index}'), size)
    return survey


def error_of(reader: BoxOptions, written: Convention, clip: bool = False) -> ProposalError:
    with pytest.raises(ProposalError) as caught:
        surveyed(reader, written, clip).check(Path('f.mat'))
    return caught.value


@pytest.mark.parametrize(
    ('reader', 'written', 'flags'),
    [
        (EdgeBoxesMat(), Convention(axes='xy', origin=1, end='inclusive'), '--axes xy'),
        (Detectron2Pickle(), Convention(axes='yx'), '--axes yx'),
        (Detectron2Pickle(), Convention(box_mode='xywh'), '--box-mode xywh'),
        (COCOResults(), Convention(), '--box-mode xyxy'),
        (WetectronPickle(), Convention(origin=1, end='inclusive'), '--origin 1'),
        (WetectronPickle(), Convention(), '--end exclusive'),
        (EdgeBoxesMat(), Convention(axes='yx', end='inclusive'), '--origin 0'),
        (EdgeBoxesMat(), Convention(axes='yx'), '--origin 0 --end exclusive'),
        (Detectron2Pickle(), Convention(axes='yx', box_mode='xywh'), '--axes yx --box-mode xywh'),
    ],
)
@pytest.mark.parametrize('clip', [False, True])
def test_what_would_fit_is_named(reader: BoxOptions, written: Convention, flags: str, clip: bool) -> None:
    error = error_of(reader, written, clip)
    assert f'with {flags} all boxes fit' in error.fix
    assert 'leave their image or have no area' in error.what


def test_numbers_are_those_concerned() -> None:
    """By hand: with x and y swapped, boxes of the two wide images leave these below, of the tall one to the right."""
    error = error_of(Detectron2Pickle(), Convention(axes='yx'))
    wrong = [
        int(((boxes[:, 2] > height) | (boxes[:, 3] > width)).sum())
        for boxes, (height, width) in ((drawn(index), size) for index, size in enumerate(SIZES))
    ]
    assert error.what.startswith(f'{sum(wrong)} of 300 boxes, in 3 of 3 images,')
    assert error.where.startswith('f.mat, 0, box ')
    assert '500 x 375 (width x height)' in error.found
    assert error.fix.startswith('x and y look swapped: with --axes yx')


def test_what_fits_passes() -> None:
    for reader in (EdgeBoxesMat(), Detectron2Pickle(), WetectronPickle(), Detectron2Pickle(axes='yx', origin=1)):
        surveyed(reader, reader.convention).check(Path('f'))


def test_nothing_fits() -> None:
    survey = BoxSurvey(Detectron2Pickle(), False)
    survey.take(
        FileEntry('a', np.array([[10.0, 10, 900, 900], [-5, 10, 20, 20], [1, 1, 2, 2]]), None, 'f, a'), (100, 200)
    )
    with pytest.raises(ProposalError, match='2 of 3 boxes, in 1 of 1 images') as caught:
        survey.check(Path('f'))
    assert caught.value.where == 'f, a, box 1'
    assert caught.value.fix.startswith('--clip')


def test_what_a_person_says_is_not_doubted() -> None:
    error = error_of(Detectron2Pickle(axes='xy'), Convention(axes='yx'))
    assert '--axes' not in error.fix
    # Cut, as was asked for.
    survey = surveyed(Detectron2Pickle(axes='xy'), Convention(axes='yx'), clip=True)
    survey.check(Path('f'))
    assert survey.clipped > 0
    assert survey.dropped > 0


def test_clip() -> None:
    survey = BoxSurvey(Detectron2Pickle(), True)
    boxes = np.array([[-3.5, 2, 40, 30], [50, 2, 60, 700], [200, 0, 220, 10], [5, 5, 5, 9], [1, 1, 2, 2]])
    found, scores = survey.take(FileEntry('a', boxes, np.arange(5.0), 'f, a'), (100, 200))
    assert found.tolist() == [[0, 2, 40, 30], [50, 2, 60, 100], [1, 1, 2, 2]]
    assert scores.tolist() == [0, 1, 4]
    assert (survey.clipped, survey.dropped) == (2, 2)
    assert found.dtype == scores.dtype == np.float32
    survey.check(Path('f'))


@pytest.mark.filterwarnings('error')
def test_numbers_beyond_float32_are_one_error() -> None:
    survey = BoxSurvey(Detectron2Pickle(), False)
    with pytest.raises(ProposalError, match='score is not finite') as caught:
        survey.take(FileEntry('a', np.array([[1.0, 1, 2, 2]]), np.array([1e300]), 'f, a'), (100, 200))
    assert caught.value.found == '[1.0, 1.0, 2.0, 2.0], score 1e+300'
    survey.take(FileEntry('a', np.array([[1.0, 1, 1e300, 2]]), None, 'f, a'), (100, 200))
    with pytest.raises(ProposalError, match='1 of 1 boxes') as caught:
        survey.check(Path('f'))
    assert caught.value.found.startswith('[1.0, 1.0, 1e+300, 2.0]')


def test_formats_of_one_convention_get_no_such_advice() -> None:
    survey = BoxSurvey(Datalist(1, 1), False)
    survey.take(FileEntry('a', np.array([[672.0, 0, 672, 671]]), None, 'f, a'), (100, 200))
    with pytest.raises(ProposalError) as caught:
        survey.check(Path('f'))
    assert 'axes' not in caught.value.fix


@pytest.mark.parametrize(
    ('boxes', 'scores', 'what'),
    [
        ([[0, 0, np.nan, 1]], None, 'box is not finite'),
        ([[0, 0, 1, 1]], [np.nan], 'score is not finite'),
        ([[0, 0, 1, 1]], [np.inf], 'score is not finite'),
    ],
)
def test_not_finite(boxes: list, scores: list | None, what: str) -> None:
    entry = FileEntry('a', np.array(boxes), None if scores is None else np.array(scores), 'f, a')
    with pytest.raises(ProposalError, match=what) as caught:
        BoxSurvey(Detectron2Pickle(), True).take(entry, (5, 5))
    assert caught.value.where == 'f, a, box 1 (1 of 1 boxes)'
