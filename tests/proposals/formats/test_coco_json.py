"""Result files of COCO: pycocotools reads what is written, and a broken file is told from a whole one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO
from toy_entries import check_same

from mlkd.errors import ProposalError
from mlkd.proposals.formats import COCOResults, json_list
from mlkd.proposals.formats.base import ImageEntry

ROWS = [
    {'image_id': 1, 'category_id': 3, 'bbox': [10.5, 5, 20, 20.25], 'score': 0.5},
    {'image_id': 2, 'category_id': 3, 'bbox': [0, 0, 375, 500], 'score': 1},
    {'image_id': 1, 'category_id': 7, 'bbox': [0, 0, 500, 375], 'segmentation': {'counts': 'a}],{"'}},
]


def written(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_by_hand(tmp_path: Path, to_store: Callable) -> None:
    """Rows of an image may stand apart; images without rows have no boxes."""
    store = to_store(written(tmp_path / 'r.json', ROWS), COCOResults())
    assert store['JPEGImages/000001.jpg'].bboxes.tolist() == [[10.5, 5, 30.5, 25.25], [0, 0, 500, 375]]
    assert store['JPEGImages/000001.jpg'].scores.tolist() == [0.5, 1]
    assert store['JPEGImages/000002.jpg'].bboxes.tolist() == [[0, 0, 375, 500]]
    assert store.counts().tolist() == [2, 1, 0, 0]


@pytest.mark.parametrize('block', [1, 7, 1000])
def test_in_blocks(tmp_path: Path, to_store: Callable, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(json_list, '_BLOCK', block)
    for number, indent in enumerate((None, 2)):
        path = written(tmp_path / f'{number}.json', json.dumps(ROWS, indent=indent))
        assert to_store(path, COCOResults()).counts().tolist() == [2, 1, 0, 0]


def test_way_back(tmp_path: Path, entries: list[ImageEntry], to_store: Callable) -> None:
    empty = replace(entries[1], bboxes=entries[1].bboxes[:0], scores=entries[1].scores[:0])
    entries = [entries[0], empty, *entries[2:]]
    COCOResults().write(tmp_path / 'r.json', entries)
    check_same(to_store(tmp_path / 'r.json', COCOResults()), entries)


def test_scores_keep_every_bit(tmp_path: Path, entries: list[ImageEntry]) -> None:
    """Also the least, the largest, and the sign of 0."""
    numbers = np.float32([-0.0, 0, 1e-45, -1.1754942e-38, 3.4028235e38, 1 / 3, 16777217])
    COCOResults().write(tmp_path / 'r.json', [replace(entries[0], scores=numbers)])
    (found,) = COCOResults().read(tmp_path / 'r.json')
    assert found.scores.astype(np.float32).tobytes() == numbers.tobytes()


def test_pycocotools_reads_it(tmp_path: Path, entries: list[ImageEntry]) -> None:
    COCOResults().write(tmp_path / 'r.json', entries)
    truth = COCO()
    images = [{'id': index + 1, 'height': e.size[0], 'width': e.size[1]} for index, e in enumerate(entries)]
    truth.dataset = {'images': images, 'annotations': [], 'categories': [{'id': 1, 'name': 'object'}]}
    truth.createIndex()
    results = truth.loadRes(str(tmp_path / 'r.json'))
    for index, entry in enumerate(entries):
        rows = results.loadAnns(results.getAnnIds(imgIds=index + 1))
        found = np.array([row['bbox'] for row in rows])
        np.testing.assert_allclose(found[:, :2] + found[:, 2:], entry.bboxes[:, 2:], rtol=1e-6)
        np.testing.assert_array_equal(np.float32([row['score'] for row in rows]), entry.scores)


def test_cut_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_list, '_BLOCK', 16)
    whole = json.dumps(ROWS)
    for end in range(len(whole)):
        with pytest.raises(ProposalError) as caught:
            list(COCOResults().read(written(tmp_path / 'r.json', whole[:end])))
        assert caught.value.where == tmp_path / 'r.json'


@pytest.mark.parametrize(
    ('content', 'what', 'where'),
    [
        ({'images': [], 'annotations': []}, 'no list of results', ''),
        ('text', 'no list of results', ''),
        ('[1, 2]', 'no list of results', ''),
        ('[{"image_id": 1, "bbox": oops}]', 'cut short or damaged', ''),
        ([{'bbox': [0, 0, 1, 1]}], 'names no image', ', row 1'),
        ([{'image_id': 1.5, 'bbox': [0, 0, 1, 1]}], 'names no image', ', row 1'),
        ([ROWS[0], {'image_id': 1, 'bbox': [0, 0, 1]}], 'no box of four numbers', ', row 2'),
        ([{'image_id': 1, 'bbox': [0, 0, 1, '1']}], 'no box of four numbers', ', row 1'),
        ([{'image_id': 1, 'bbox': [0, 0, 1, 1], 'score': None}], 'no box of four numbers', ', row 1'),
        ([{'image_id': 1, 'bbox': [0, 0, 1, 1], 'score': 10**400}], 'beyond all floats', ', row 1'),
        (
            '[{"image_id": 1, "bbox": [0, 0, 1, 1], "score": NaN}]',
            'score is not finite',
            ', image_id 1, box 1 (1 of 1 boxes)',
        ),
        (
            '[{"image_id": 1, "bbox": [0, 0, Infinity, 1], "score": 1}]',
            'box is not finite',
            ', image_id 1, box 1 (1 of 1 boxes)',
        ),
        ([ROWS[0], {'image_id': 1, 'bbox': [5, 5, -3, 2]}], '1 of 2 boxes, in 1 of 1 images', ', image_id 1, box 2'),
        ([{'image_id': 77, 'bbox': [0, 0, 1, 1]}], '1 of 1 entries of a proposal file belong to none', ''),
        ([], '4 of 4 images have no entry', ''),
    ],
)
def test_wrong(tmp_path: Path, to_store: Callable, content: object, what: str, where: str) -> None:
    path = written(tmp_path / 'r.json', content)
    with pytest.raises(ProposalError, match=what) as caught:
        to_store(path, COCOResults())
    assert str(caught.value.where) == f'{path}{where}'
    assert not list(tmp_path.glob('*.mlkd*'))


def test_no_text(tmp_path: Path) -> None:
    (tmp_path / 'r.json').write_bytes(b'[{"image_id": "\xff\xfe"}]')
    with pytest.raises(ProposalError, match='cannot be read'):
        list(COCOResults().read(tmp_path / 'r.json'))


def test_two_images_of_one_number(tmp_path: Path, entries: list[ImageEntry]) -> None:
    other = replace(entries[1], record=replace(entries[1].record, key='b/1.jpg'))
    with pytest.raises(ProposalError, match='cannot tell two images apart'):
        COCOResults().write(tmp_path / 'r.json', [entries[0], other])
    assert list(tmp_path.iterdir()) == []
