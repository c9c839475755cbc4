"""MATLAB files of a split: what others wrote, exact ways back, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import io
from toy_entries import check_same, random_entry

from mlkd.errors import ProposalError
from mlkd.proposals.formats import EdgeBoxesMat, SelectiveSearchMat
from mlkd.proposals.formats.base import ImageEntry


def cells(items: list, shape: tuple[int, int]) -> np.ndarray:
    array = np.empty(len(items), dtype=object)
    for index, item in enumerate(items):
        array[index] = item
    return array.reshape(shape)


def selective_search(path: Path, **changes: object) -> Path:
    """As published for VOC 2007: ``boxes`` a row, ``images`` a column, doubles."""
    boxes = [np.array([[1, 2, 375, 500], [6, 11, 25, 30]], np.float64), np.array([[1.0, 1, 500, 375]])]
    content = {'boxes': cells(boxes, (1, 2)), 'images': cells(['000001', '000002'], (2, 1)), **changes}
    io.savemat(path, {name: value for name, value in content.items() if value is not None})
    return path


def edge_boxes(path: Path, **changes: object) -> Path:
    """As published with WSDDN: all rows, scores a column each."""
    boxes = [np.array([[1, 2, 375, 500], [6, 11, 25, 30]], np.int16), np.array([[1, 1, 500, 375]], np.int16)]
    scores = [np.array([[0.25], [0.125]]), np.array([[0.5]])]
    content = {
        'boxes': cells(boxes, (1, 2)),
        'boxScores': cells(scores, (1, 2)),
        'images': cells(['000001', '000002'], (1, 2)),
    }
    io.savemat(path, {name: value for name, value in (content | changes).items() if value is not None})
    return path


def test_selective_search_by_hand(tmp_path: Path, entries: list[ImageEntry], to_store: Callable) -> None:
    """Fast R-CNN reads these as [:, (1, 0, 3, 2)] - 1, the last pixel inclusive."""
    store = to_store(selective_search(tmp_path / 's.mat'), SelectiveSearchMat(), partial=True)
    assert store['JPEGImages/000001.jpg'].bboxes.tolist() == [[1, 0, 500, 375], [10, 5, 30, 25]]
    assert store['JPEGImages/000001.jpg'].scores.tolist() == [1, 1]
    assert store['JPEGImages/000002.jpg'].bboxes.tolist() == [[0, 0, 375, 500]]


def test_edge_boxes_by_hand(tmp_path: Path, to_store: Callable) -> None:
    store = to_store(edge_boxes(tmp_path / 'e.mat'), EdgeBoxesMat(), partial=True)
    assert store['JPEGImages/000001.jpg'].bboxes.tolist() == [[1, 0, 500, 375], [10, 5, 30, 25]]
    assert store['JPEGImages/000001.jpg'].scores.tolist() == [0.25, 0.125]


def test_without_names(tmp_path: Path, to_store: Callable) -> None:
    path = selective_search(tmp_path / 's.mat', images=None)
    with pytest.raises(ProposalError, match='not as many entries') as caught:
        to_store(path, SelectiveSearchMat())
    assert caught.value.found == '2 entries, 4 images (toy)'
    four = [np.array([[1.0, 1, 20, 30]])] * 4
    io.savemat(path, {'boxes': cells(four, (4, 1))})
    store = to_store(path, SelectiveSearchMat())
    assert store['JPEGImages/000004.jpg'].bboxes.tolist() == [[0, 0, 30, 20]]


def test_names_that_are_numbers(tmp_path: Path, to_store: Callable) -> None:
    for images in (np.array([[2.0, 1]]), np.array(['000002', '000001'])):
        path = selective_search(
            tmp_path / 's.mat', images=images, boxes=cells([np.ones((1, 4)) * 5, np.ones((0, 0))], (1, 2))
        )
        store = to_store(path, SelectiveSearchMat(), partial=True)
        assert store.counts(['JPEGImages/000001.jpg', 'JPEGImages/000002.jpg']).tolist() == [0, 1]
        (tmp_path / 's.mat').unlink()
        __import__('shutil').rmtree(tmp_path / 's.mat.mlkd')


@pytest.mark.parametrize('kind', [SelectiveSearchMat, EdgeBoxesMat])
def test_way_back(tmp_path: Path, entries: list[ImageEntry], to_store: Callable, kind: type) -> None:
    # In another order than that of the data set, which is the one they are written in.
    kind().write(tmp_path / 'x.mat', entries[::-1])
    check_same(to_store(tmp_path / 'x.mat', kind()), entries, scores=kind is EdgeBoxesMat)
    found = io.loadmat(tmp_path / 'x.mat')
    assert found['boxes'].shape == (1, 4)
    assert found['boxes'][0, 0].dtype == np.float64
    assert [str(name[0]) for name in found['images'].ravel()] == ['000001', '000002', '000003', '000004']
    if kind is EdgeBoxesMat:
        assert found['boxScores'][0, 2].shape == (30, 1)


def test_equal_names_are_written_in_full(tmp_path: Path) -> None:
    from dataclasses import replace

    entry = random_entry(0, 2)
    both = [replace(entry, position=i, record=replace(entry.record, key=f'{i}/a.jpg')) for i in range(2)]
    SelectiveSearchMat().write(tmp_path / 'x.mat', both)
    assert [str(name[0]) for name in io.loadmat(tmp_path / 'x.mat')['images'].ravel()] == ['0/a.jpg', '1/a.jpg']


def test_recognised(tmp_path: Path) -> None:
    scored, plain = edge_boxes(tmp_path / 'e.mat'), selective_search(tmp_path / 's.mat')
    assert [EdgeBoxesMat.recognises(path) for path in (scored, plain)] == [True, False]
    assert [SelectiveSearchMat.recognises(path) for path in (scored, plain)] == [False, True]


@pytest.mark.parametrize(
    ('changes', 'what', 'where'),
    [
        ({'boxes': None}, 'lacks a variable', ''),
        ({'boxes': np.ones((3, 4))}, 'no cell array', ', boxes'),
        ({'boxScores': cells([np.ones((2, 1))], (1, 1))}, 'not of one length', ''),
        ({'images': cells(['000001'], (1, 1))}, 'not of one length', ''),
        ({'boxScores': cells([np.ones((2, 1)), np.ones((2, 1))], (1, 2))}, 'not as many scores', ', boxes{2} (000002)'),
        (
            {'boxScores': cells([np.array([[1], [np.nan]]), np.ones((1, 1))], (1, 2))},
            'score is not finite',
            ', boxes{1} (000001), box 2 (1 of 2 boxes)',
        ),
        ({'boxes': cells([np.ones((2, 3)), np.ones((1, 4))], (1, 2))}, 'not a table', ', boxes{1} (000001)'),
        ({'boxes': cells([np.array(['a']), np.ones((1, 4))], (1, 2))}, 'not a table', ', boxes{1} (000001)'),
        ({'images': cells(['000001', '000001'], (1, 2))}, 'two entries', ', boxes{2} (000001)'),
        ({'images': cells(['000001', '000009'], (1, 2))}, '1 of 2 entries of a proposal file belong to none', ''),
    ],
)
def test_wrong(tmp_path: Path, to_store: Callable, changes: dict, what: str, where: str) -> None:
    path = edge_boxes(tmp_path / 'e.mat', **changes)
    with pytest.raises(ProposalError, match=what) as caught:
        to_store(path, EdgeBoxesMat())
    assert str(caught.value.where) == f'{path}{where}'
    assert not (tmp_path / 'e.mat.mlkd').exists()
    assert not (tmp_path / 'e.mat.mlkd.partial').exists()


def test_cut_or_damaged(tmp_path: Path, to_store: Callable) -> None:
    whole = edge_boxes(tmp_path / 'e.mat').read_bytes()
    for end in (0, 50, 127, 128, 200, len(whole) // 2, len(whole) - 1):
        (tmp_path / 'e.mat').write_bytes(whole[:end])
        with pytest.raises(ProposalError, match='cut short') as caught:
            to_store(tmp_path / 'e.mat', EdgeBoxesMat())
        assert caught.value.where == tmp_path / 'e.mat'


def test_version_7_3(tmp_path: Path, to_store: Callable) -> None:
    (tmp_path / 'h.mat').write_bytes(b'MATLAB 7.3 MAT-file, Platform: GLNXA64'.ljust(512) + b'\x89HDF\r\n\x1a\n')
    with pytest.raises(ProposalError, match=r'version 7.3') as caught:
        to_store(tmp_path / 'h.mat', SelectiveSearchMat())
    assert "'-v7'" in str(caught.value.fix)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ProposalError, match='cannot be read'):
        list(SelectiveSearchMat().read(tmp_path / 'none.mat'))
