"""Which boxes are shown, and what stands in the files."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mmengine.structures import InstanceData
from torch import tensor

from mlkd.apis.photos.results import PhotoResult, check_suffix, label_table, write_results
from mlkd.console import plain_console
from mlkd.errors import ConfigError
from mlkd.structures import MultiLabelDataSample

CLASSES = ('cat', 'dog', 'emu')


def result(name: str, scores: list[float], threshold: float = 0.5, **boxes: np.ndarray) -> PhotoResult:
    scores_ = np.array(scores, np.float32)
    return PhotoResult(Path(name), CLASSES, scores_, np.full(3, threshold), **boxes)


@pytest.fixture
def detected() -> PhotoResult:
    sample = MultiLabelDataSample()
    sample.pred_score = tensor([0.75, 0.125, 0.5])
    sample.pred_instances = InstanceData(
        bboxes=tensor([[0.0, 1, 20, 30], [5, 5, 9, 9], [1, 1, 2, 2], [3, 3, 4.5, 9]]),
        scores=tensor([0.5, 0.25, 0.1875, 0.0625]),
        labels=tensor([0, 0, 2, 0]),
    )
    return PhotoResult.of(Path('a.jpg'), sample, CLASSES, (0.5, 0.5, 0.5))


@pytest.fixture
def labelled() -> PhotoResult:
    sample = MultiLabelDataSample()
    sample.pred_score = tensor([0.25, 0.625, 1.0])
    return PhotoResult.of(Path('b.jpg'), sample, CLASSES, (0.5, 0.5, 0.5))


@pytest.mark.parametrize(
    ('threshold', 'share', 'rows'),
    [(0.5, 0.5, [0, 1]), (0.4, 0.5, [0, 1, 2]), (0.4, 0.0, [0, 1, 2, 3]), (0.5, 1.0, [0]), (0.8, 0.5, [])],
)
def test_boxes_near_the_best_of_labels_that_are_said(
    detected: PhotoResult, threshold: float, share: float, rows: list[int]
) -> None:
    assert replace(detected, thresholds=np.full(3, threshold)).shown_boxes(share) == rows


def test_labels_pass_their_own_thresholds_the_best_first(labelled: PhotoResult) -> None:
    assert labelled.labels == {'emu': 1.0, 'dog': 0.625}
    assert labelled.passed == [2, 1]
    assert list(replace(labelled, thresholds=np.array([0.125, 0.75, 1.0])).labels) == ['cat']
    # Above, strictly; and in float64: 0.1 in float32 is more than 0.1.
    assert not result('x', [0.5, 0.5, 0.5]).labels
    assert len(result('x', [0.1, 0.1, 0.1], 0.1).labels) == 3
    assert not result('x', [0.1, 0.1, 0.1], float(np.float32(0.1))).labels


def test_the_best(labelled: PhotoResult) -> None:
    assert list(labelled.best(1).labels) == ['emu']
    assert list(labelled.best(9).labels) == ['emu', 'dog']
    everything = replace(labelled, thresholds=np.full(3, -np.inf))
    assert list(everything.best(2).labels) == ['emu', 'dog']


def test_a_classifier_has_no_boxes(labelled: PhotoResult) -> None:
    assert labelled.shown_boxes(0) == labelled.box_rows() == []
    assert 'boxes' not in labelled.record()
    assert labelled.record()['labels'] == ['emu', 'dog']


def test_json(detected: PhotoResult, labelled: PhotoResult, tmp_path: Path) -> None:
    assert write_results(tmp_path / 'out.json', [detected, labelled], CLASSES) == [tmp_path / 'out.json']
    first, second = json.loads((tmp_path / 'out.json').read_text())
    assert first['labels'] == ['cat']
    assert first['boxes'][2] == {'label': 'emu', 'score': 0.1875, 'bbox': [1, 1, 2, 2]}
    assert len(first['boxes']) == 4
    assert second == {'image': 'b.jpg', 'labels': ['emu', 'dog'], 'scores': {'cat': 0.25, 'dog': 0.625, 'emu': 1.0}}


def test_csv_has_a_second_file_of_boxes(detected: PhotoResult, labelled: PhotoResult, tmp_path: Path) -> None:
    paths = write_results(tmp_path / 'out.csv', [detected], CLASSES)
    assert [path.name for path in paths] == ['out.csv', 'out_boxes.csv']
    with open(paths[1], newline='') as file:
        rows = list(csv.DictReader(file))
    assert list(rows[3]) == ['image', 'label', 'score', 'x1', 'y1', 'x2', 'y2']
    assert list(rows[3].values()) == ['a.jpg', 'cat', '0.062500', '3.00', '3.00', '4.50', '9.00']
    assert len(rows) == 4
    assert write_results(tmp_path / 'one.csv', [labelled], CLASSES) == [tmp_path / 'one.csv']
    assert (tmp_path / 'one.csv').read_text() == (
        'image,labels,cat,dog,emu\nb.jpg,emu;dog,0.250000,0.625000,1.000000\n'
    )


def test_a_detector_that_found_nothing(tmp_path: Path) -> None:
    nothing = {'boxes': np.zeros((0, 4)), 'box_labels': np.zeros(0, int), 'box_scores': np.zeros(0)}
    empty = result('c.jpg', [0, 0, 0], **nothing)
    assert empty.shown_boxes(0) == []
    assert empty.record()['boxes'] == []
    _, boxes = write_results(tmp_path / 'out.csv', [empty], CLASSES)
    assert boxes.read_text() == 'image,label,score,x1,y1,x2,y2\n'


def test_table(detected: PhotoResult, labelled: PhotoResult) -> None:
    odd = result('[bold]\x07.jpg', [0, 0, 0])
    console = plain_console(width=80)
    with console.capture() as capture:
        console.print(label_table([detected, labelled.best(1), odd], 0.5))
    lines = [line.split() for line in capture.get().splitlines()]
    assert lines == [
        ['photo', 'label', 'score', 'threshold', 'x1', 'y1', 'x2', 'y2'],
        ['a.jpg', 'cat', '0.750', '0.500'],
        ['box', '0.500', '0', '1', '20', '30'],
        ['box', '0.250', '5', '5', '9', '9'],
        ['b.jpg', 'emu', '1.000', '0.500'],
        ['[bold].jpg', '-'],
    ]
    with console.capture() as capture:
        console.print(label_table([replace(labelled, thresholds=np.full(3, -np.inf)).best(1)]))
    assert capture.get().splitlines()[1].split() == ['b.jpg', 'emu', '1.000', '-']


def test_file_types() -> None:
    for name in ('a.xlsx', 'a', 'csv'):
        with pytest.raises(ConfigError, match='file type'):
            check_suffix(name)
    assert check_suffix('a/b.json') == Path('a/b.json')
