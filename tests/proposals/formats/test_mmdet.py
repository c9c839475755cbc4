"""MMDetection's pickles: its own classes write and read them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mmdet.datasets import BaseDetDataset
from mmdet.datasets.transforms import LoadProposals
from mmdet.evaluation.metrics import DumpProposals
from toy_entries import check_same

from mlkd.errors import ProposalError
from mlkd.proposals.formats import Detectron2Pickle, MMDetPickle
from mlkd.proposals.formats.base import ImageEntry


def dumped(path: Path, content: Any, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(content, protocol))
    return path


def test_what_dump_proposals_writes(tmp_path: Path, entries: list[ImageEntry], to_store: Callable) -> None:
    metric = DumpProposals(output_dir=str(tmp_path), proposals_file='p.pkl')
    for entry in entries:
        prediction = {'bboxes': torch.tensor(entry.bboxes), 'scores': torch.tensor(entry.scores)}
        metric.process({}, [{'pred_instances': prediction, 'img_path': entry.record.path}])
    metric.compute_metrics(metric.results)
    assert MMDetPickle.recognises(tmp_path / 'p.pkl')
    check_same(to_store(tmp_path / 'p.pkl', MMDetPickle()), entries)


class Listed(BaseDetDataset):
    """Images without annotation."""

    METAINFO = {'classes': ('a',)}

    def __init__(self, entries: list[ImageEntry], **kwargs: Any) -> None:
        self.entries = entries
        super().__init__(**kwargs)

    def load_data_list(self) -> list[dict]:
        return [{'img_path': entry.record.path, 'instances': []} for entry in self.entries]


def test_what_mmdetection_reads(tmp_path: Path, entries: list[ImageEntry]) -> None:
    MMDetPickle().write(tmp_path / 'p.pkl', entries)
    dataset = Listed(entries, proposal_file=str(tmp_path / 'p.pkl'), serialize_data=False)
    for entry, info in zip(entries, dataset.data_list, strict=True):
        loaded = LoadProposals().transform(dict(info))
        np.testing.assert_array_equal(loaded['proposals'], entry.bboxes)
        np.testing.assert_array_equal(loaded['proposals_scores'], entry.scores)


@pytest.mark.parametrize('layout', ['dict', 'list'])
def test_way_back(tmp_path: Path, entries: list[ImageEntry], to_store: Callable, layout: str) -> None:
    MMDetPickle(layout=layout).write(tmp_path / 'p.pkl', entries[::-1])
    check_same(to_store(tmp_path / 'p.pkl', MMDetPickle()), entries)
    content = pickle.loads((tmp_path / 'p.pkl').read_bytes())
    if layout == 'list':
        assert [item.shape for item in content] == [(7, 5), (1, 5), (30, 5), (2, 5)]
    else:
        assert list(content) == [f'JPEGImages/00000{index}.jpg' for index in range(1, 5)]


@pytest.mark.parametrize('protocol', [0, 2, 4])
def test_older_lists(tmp_path: Path, entries: list[ImageEntry], to_store: Callable, protocol: int) -> None:
    """Arrays (R, 5) in the order of the annotation, or one per class."""
    rows = [np.concatenate([entry.bboxes, entry.scores[:, None]], axis=1) for entry in entries]
    check_same(to_store(dumped(tmp_path / 'a.pkl', rows, protocol), MMDetPickle()), entries)
    by_class = [[row[:1], np.zeros((0, 5), np.float32), row[1:]] for row in rows]
    check_same(to_store(dumped(tmp_path / 'b.pkl', by_class, protocol), MMDetPickle()), entries)
    without = [row[:, :4] for row in rows]
    check_same(to_store(dumped(tmp_path / 'c.pkl', without, protocol), MMDetPickle()), entries, scores=False)


def test_inclusive_boxes_of_mmdetection_1(tmp_path: Path, to_store: Callable) -> None:
    path = dumped(tmp_path / 'p.pkl', {'000001.jpg': np.array([[10, 5, 29, 24, 0.5]])})
    store = to_store(path, MMDetPickle(end='inclusive'), partial=True)
    assert store['JPEGImages/000001.jpg'].bboxes.tolist() == [[10, 5, 30, 25]]


@pytest.mark.parametrize(
    ('content', 'what', 'where'),
    [
        ('text', 'not of this format', ''),
        ({(1, 2): np.ones((1, 4))}, 'name of an image is no string', ''),
        ({'000001.jpg': np.ones((1, 3))}, 'not a table', ', 000001.jpg'),
        ({'000001.jpg': {'scores': np.ones(1)}}, 'not a table', ', 000001.jpg'),
        ({'000001.jpg': {'bboxes': np.ones((2, 4)), 'scores': np.ones(1)}}, 'not as many scores', ', 000001.jpg'),
        ([np.ones((1, 5))], 'not as many entries', ''),
        ([np.array([[0, 0, 5, 5, np.nan]])] * 4, 'score is not finite', ', item 0, box 1 (1 of 1 boxes)'),
    ],
)
def test_wrong(tmp_path: Path, to_store: Callable, content: Any, what: str, where: str) -> None:
    path = dumped(tmp_path / 'p.pkl', content)
    with pytest.raises(ProposalError, match=what) as caught:
        to_store(path, MMDetPickle())
    assert str(caught.value.where) == f'{path}{where}'


def test_images_that_mmdetection_cannot_tell_apart(tmp_path: Path, entries: list[ImageEntry]) -> None:
    other = replace(entries[0].record, key='x/JPEGImages/000001.jpg', path='/x/JPEGImages/000001.jpg')
    with pytest.raises(ProposalError, match='MMDetection cannot tell two images apart'):
        MMDetPickle().write(tmp_path / 'p.pkl', [entries[0], replace(entries[1], record=other)])


def test_recognised(tmp_path: Path) -> None:
    other = dumped(tmp_path / 'd.pkl', {'ids': [], 'boxes': [], 'objectness_logits': []})
    assert Detectron2Pickle.recognises(other)
    assert not MMDetPickle.recognises(other)
    assert not MMDetPickle.recognises(tmp_path / 'none.pkl')
