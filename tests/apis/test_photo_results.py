"""Which boxes are shown, and what stands in the files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from mmengine.structures import InstanceData
from rich.console import Console
from torch import tensor

from mlkd.apis.photo_results import PhotoResult, box_table, write_results
from mlkd.structures import MultiLabelDataSample

CLASSES = ('cat', 'dog', 'emu')


@pytest.fixture
def detected() -> PhotoResult:
    sample = MultiLabelDataSample()
    sample.pred_score = tensor([0.75, 0.125, 0.5])
    sample.pred_instances = InstanceData(
        bboxes=tensor([[0.0, 1, 20, 30], [5, 5, 9, 9], [1, 1, 2, 2], [3, 3, 4.5, 9]]),
        scores=tensor([0.5, 0.25, 0.1875, 0.0625]),
        labels=tensor([0, 0, 2, 0]),
    )
    return PhotoResult.of(Path('a.jpg'), sample)


@pytest.fixture
def labelled() -> PhotoResult:
    sample = MultiLabelDataSample()
    sample.pred_score = tensor([0.25, 0.625, 1.0])
    return PhotoResult.of(Path('b.jpg'), sample)


@pytest.mark.parametrize(
    ('threshold', 'share', 'rows'),
    [(0.5, 0.5, [0, 1]), (0.4, 0.5, [0, 1, 2]), (0.4, 0.0, [0, 1, 2, 3]), (0.5, 1.0, [0]), (0.8, 0.5, [])],
)
def test_boxes_near_the_best_of_labels_that_are_said(
    detected: PhotoResult, threshold: float, share: float, rows: list[int]
) -> None:
    assert detected.shown_boxes(threshold, share) == rows


def test_a_classifier_has_no_boxes(labelled: PhotoResult) -> None:
    assert labelled.shown_boxes(0, 0) == labelled.box_rows(CLASSES) == []
    assert 'boxes' not in labelled.record(CLASSES, 0.5)
    assert labelled.record(CLASSES, 0.5)['labels'] == ['dog', 'emu']


def test_json(detected: PhotoResult, labelled: PhotoResult, tmp_path: Path) -> None:
    assert write_results(tmp_path / 'out.json', [detected, labelled], CLASSES, 0.5) == [tmp_path / 'out.json']
    first, second = json.loads((tmp_path / 'out.json').read_text())
    assert first['labels'] == ['cat']
    assert first['boxes'][2] == {'label': 'emu', 'score': 0.1875, 'bbox': [1, 1, 2, 2]}
    assert len(first['boxes']) == 4
    assert second == {'image': 'b.jpg', 'labels': ['dog', 'emu'], 'scores': {'cat': 0.25, 'dog': 0.625, 'emu': 1.0}}


def test_csv_has_a_second_file_of_boxes(detected: PhotoResult, labelled: PhotoResult, tmp_path: Path) -> None:
    paths = write_results(tmp_path / 'out.csv', [detected], CLASSES, 0.5)
    assert [path.name for path in paths] == ['out.csv', 'out_boxes.csv']
    with open(paths[1], newline='') as file:
        rows = list(csv.DictReader(file))
    assert list(rows[3]) == ['image', 'label', 'score', 'x1', 'y1', 'x2', 'y2']
    assert list(rows[3].values()) == ['a.jpg', 'cat', '0.062500', '3.00', '3.00', '4.50', '9.00']
    assert len(rows) == 4
    assert write_results(tmp_path / 'one.csv', [labelled], CLASSES, 0.5) == [tmp_path / 'one.csv']


def test_a_detector_that_found_nothing(tmp_path: Path) -> None:
    empty = PhotoResult(Path('c.jpg'), np.zeros(3), np.zeros((0, 4)), np.zeros(0, int), np.zeros(0))
    assert empty.shown_boxes(0, 0) == []
    assert empty.record(CLASSES, 0.5)['boxes'] == []
    _, boxes = write_results(tmp_path / 'out.csv', [empty], CLASSES, 0.5)
    assert boxes.read_text() == 'image,label,score,x1,y1,x2,y2\n'


def test_table(detected: PhotoResult) -> None:
    console = Console(width=80)
    with console.capture() as capture:
        console.print(box_table(detected, CLASSES, [0, 2]))
    lines = [line.split() for line in capture.get().splitlines()]
    assert lines == [
        ['label', 'score', 'x1', 'y1', 'x2', 'y2'],
        ['cat', '0.500', '0', '1', '20', '30'],
        ['emu', '0.188', '1', '1', '2', '2'],
    ]
