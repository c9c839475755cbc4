"""detectron2's pickle, in both box modes, and Detectron's, which wetectron reads."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_entries import check_same

from mlkd.errors import ProposalError
from mlkd.proposals.formats import Detectron2Pickle, WetectronPickle
from mlkd.proposals.formats.base import ImageEntry

WHOLE = {
    'ids': ['000001', '000002'],
    'boxes': [np.array([[10, 5, 30, 25], [0, 0, 500, 375]], np.float32), np.zeros((0, 4), np.float32)],
    'objectness_logits': [np.array([2.5, -3], np.float32), np.zeros(0, np.float32)],
    'bbox_mode': 0,
}


def dumped(path: Path, content: Any, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(content, protocol))
    return path


@pytest.mark.parametrize('protocol', [0, 2, 4])
def test_both_modes_by_hand(tmp_path: Path, to_store: Callable, protocol: int) -> None:
    wide = [np.array([[10, 5, 20, 20], [0, 0, 500, 375]], np.float32), np.zeros((0, 4))]
    for name, content in (('a', WHOLE), ('b', WHOLE | {'boxes': wide, 'bbox_mode': 1})):
        store = to_store(dumped(tmp_path / name, content, protocol), Detectron2Pickle(), partial=True)
        assert store['JPEGImages/000001.jpg'].bboxes.tolist() == [[10, 5, 30, 25], [0, 0, 500, 375]]
        assert store['JPEGImages/000001.jpg'].scores.tolist() == [2.5, -3]
        assert len(store['JPEGImages/000002.jpg']) == 0


def test_without_mode_and_with_the_option(tmp_path: Path, to_store: Callable) -> None:
    content = {name: value for name, value in WHOLE.items() if name != 'bbox_mode'}
    store = to_store(dumped(tmp_path / 'a', content), Detectron2Pickle(), partial=True)
    assert store['JPEGImages/000001.jpg'].bboxes[0].tolist() == [10, 5, 30, 25]
    content['boxes'] = [np.array([[10, 5, 20, 20]] * 2), np.zeros((0, 4))]
    store = to_store(dumped(tmp_path / 'b', content), Detectron2Pickle(box_mode='xywh'), partial=True)
    assert store['JPEGImages/000001.jpg'].bboxes[0].tolist() == [10, 5, 30, 25]


def test_wetectron_by_hand(tmp_path: Path, to_store: Callable) -> None:
    """Selective Search less 1, as Detectron's converter makes it: int16, numbers for names."""
    content = {'boxes': [np.array([[10, 5, 29, 24], [0, 0, 499, 374]], np.int16)], 'scores': [np.zeros(2, np.float32)]}
    store = to_store(dumped(tmp_path / 'w.pkl', content | {'indexes': [1]}, 2), WetectronPickle(), partial=True)
    assert store['JPEGImages/000001.jpg'].bboxes.tolist() == [[10, 5, 30, 25], [0, 0, 500, 375]]
    assert store['JPEGImages/000001.jpg'].scores.tolist() == [0, 0]
    one = {'boxes': [np.array([[0, 0, 499, 374]])], 'scores': [np.array(0.5, np.float32)], 'indexes': np.array([1])}
    store = to_store(dumped(tmp_path / 'one.pkl', one), WetectronPickle(), partial=True)
    assert store['JPEGImages/000001.jpg'].scores.tolist() == [0.5]


@pytest.mark.parametrize(
    ('kind', 'options'),
    [
        (Detectron2Pickle, {}),
        (Detectron2Pickle, {'box_mode': 'xywh'}),
        (WetectronPickle, {}),
        (WetectronPickle, {'end': 'exclusive'}),
    ],
)
def test_way_back(tmp_path: Path, entries: list[ImageEntry], to_store: Callable, kind: type, options: dict) -> None:
    kind(**options).write(tmp_path / 'x.pkl', entries[::-1])
    reading = options if kind is WetectronPickle else {}
    check_same(to_store(tmp_path / 'x.pkl', kind(**reading)), entries)
    content = pickle.loads((tmp_path / 'x.pkl').read_bytes())
    if kind is WetectronPickle:
        assert content['indexes'] == [1, 2, 3, 4]
        assert set(content) == {'boxes', 'scores', 'indexes'}
    else:
        assert content['ids'] == ['000001', '000002', '000003', '000004']
        assert content['bbox_mode'] == len(options)
        # As detectron2 sorts.
        logits = content['objectness_logits'][2]
        np.testing.assert_array_equal(content['boxes'][2][logits.argsort()[::-1]], content['boxes'][2])


def test_recognised(tmp_path: Path) -> None:
    new = dumped(tmp_path / 'd.pkl', WHOLE)
    old = dumped(tmp_path / 'w.pkl', {'indexes': [1], 'boxes': [], 'scores': []})
    assert [Detectron2Pickle.recognises(path) for path in (new, old)] == [True, False]
    assert [WetectronPickle.recognises(path) for path in (new, old)] == [False, True]


@pytest.mark.parametrize(
    ('changes', 'what', 'where'),
    [
        ({'ids': None}, 'not of this format', ''),
        ({'boxes': 3}, 'not of this format', ''),
        ({'ids': ['000001']}, 'not of one length', ''),
        ({'ids': ['000001', ('a',)]}, 'no number and no name', ''),
        ({'bbox_mode': 4}, 'mode that cannot be read', ', bbox_mode'),
        ({'objectness_logits': [np.ones(3), np.ones(0)]}, 'not as many scores', ', 000001'),
        (
            {'objectness_logits': [np.array([1, np.inf]), np.ones(0)]},
            'score is not finite',
            ', 000001, box 2 (1 of 2 boxes)',
        ),
        ({'boxes': [np.full((2, 4), np.nan), np.zeros((0, 4))]}, 'box is not finite', ', 000001, box 1 (2 of 2 boxes)'),
        ({'boxes': [np.zeros((2, 5)), np.zeros((0, 4))]}, 'not a table', ', 000001'),
        (
            {'boxes': [np.array([[30, 25, 10, 5], [0, 0, 5, 5]]), np.zeros((0, 4))]},
            '1 of 2 boxes, in 1 of 2 images',
            ', 000001, box 1',
        ),
    ],
)
def test_wrong(tmp_path: Path, to_store: Callable, changes: dict, what: str, where: str) -> None:
    content = {name: value for name, value in (WHOLE | changes).items() if value is not None}
    path = dumped(tmp_path / 'x.pkl', content)
    with pytest.raises(ProposalError, match=what) as caught:
        to_store(path, Detectron2Pickle(), partial=True)
    assert str(caught.value.where) == f'{path}{where}'


def test_no_dict(tmp_path: Path) -> None:
    with pytest.raises(ProposalError, match='not of this format'):
        list(WetectronPickle().read(dumped(tmp_path / 'x.pkl', [1])))
