from __future__ import annotations

import json
from typing import Any

import pytest
from published_toy import CLASSES, DETECTOR, description

from mlkd.errors import CheckpointError
from mlkd.published import FORMAT, StudentDescription

CALIBRATION = {
    'edges': [0.0, 0.5, 1.0],
    'counts': [[3, 1], [2, 2], [4, 0]],
    'positives': [[1, 1], [0, 2], [0, 0]],
    'score_sums': [[0.5, 0.75], [0.25, 1.5], [0.125, 0.0]],
}
FULL: dict[str, Any] = {
    'thresholds': (0.25, 0.5, 1.0),
    'threshold_rule': 'precision 0.9',
    'calibration': CALIBRATION,
    'proposals': {'type': 'SlidingWindows', 'stride': 0.5},
    'provenance': {'config': 'a/b.py', 'metrics': {'mAP': 81.5}, 'note': 'http://example.com/x.py'},
}


def test_there_and_back() -> None:
    for written in (description(), description(DETECTOR, **FULL)):
        read = StudentDescription.from_json(written.to_json())
        assert read.to_json() == written.to_json()
        assert (read.classes, read.thresholds, read.format) == (written.classes, written.thresholds, FORMAT)
    assert read.provenance == FULL['provenance']
    assert read.calibration == CALIBRATION


def changed(**values: Any) -> str:
    return json.dumps({**json.loads(description(DETECTOR, **FULL).to_json()), **values})


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('classes', []),
        ('classes', 'red'),
        ('classes', ['red', 'red', 'blue']),
        ('classes', ['red', ' ', 'blue']),
        ('classes', ['red', 'gr\x1b[31meen', 'blue']),
        ('classes', ['red', 1, 'blue']),
        ('thresholds', [0.5]),
        ('thresholds', [0.5, 'a', 0.5]),
        ('thresholds', [0.5, True, 0.5]),
        ('thresholds', 0.5),
        ('threshold_rule', 7),
        ('calibration', {'edges': [0, 1]}),
        ('calibration', {**CALIBRATION, 'edges': [0, 1, 0.5]}),
        ('calibration', {**CALIBRATION, 'edges': [0]}),
        ('calibration', {**CALIBRATION, 'counts': [[1, 2]]}),
        ('calibration', {**CALIBRATION, 'positives': [[1], [2], [3]]}),
        ('calibration', {**CALIBRATION, 'score_sums': [[0, -1], [0, 0], [0, 0]]}),
        ('pipeline', []),
        ('pipeline', {'type': 'LoadImage'}),
        ('pipeline', [{'type': 'os.system'}]),
        ('proposals', {'type': 'os.system'}),
        ('model', {'type': 'os.system', 'command': 'x'}),
        ('provenance', []),
        ('format', 0),
        ('format', '1'),
        ('format', True),
        ('format', None),
        ('extra', 1),
    ],
)
def test_wrong_values_are_named(key: str, value: Any) -> None:
    with pytest.raises(CheckpointError) as caught:
        StudentDescription.from_json(changed(**{key: value}))
    assert str(caught.value.where).startswith(key)


@pytest.mark.parametrize('key', ['classes', 'model', 'pipeline', 'format'])
def test_missing_keys(key: str) -> None:
    content = json.loads(changed())
    del content[key]
    with pytest.raises(CheckpointError) as caught:
        StudentDescription.from_json(json.dumps(content))
    assert caught.value.where == key


@pytest.mark.parametrize(
    'text', ['', 'x', '[]', '7', 'null', '{"format": 1, "classes": NaN}', '[' * 100_000, '"' + 'x' * 100]
)
def test_no_description(text: str) -> None:
    with pytest.raises(CheckpointError):
        StudentDescription.from_json(text)


def test_a_newer_format_says_so() -> None:
    with pytest.raises(CheckpointError, match='newer mlkd') as caught:
        StudentDescription.from_json(changed(format=FORMAT + 1, something_new=1))
    assert 'update mlkd' in caught.value.fix


def test_a_misspelt_key() -> None:
    with pytest.raises(CheckpointError, match='did you mean thresholds'):
        StudentDescription.from_json(changed(treshholds=1))


def test_what_json_does_not_have_is_not_written() -> None:
    for value in (float('nan'), object()):
        with pytest.raises(CheckpointError) as caught:
            description(provenance={'x': value}).to_json()
        assert caught.value.where == 'provenance'


def test_names_of_any_script() -> None:
    written = description(classes=('写真', 'tv/monitor', 'naïve'))
    assert StudentDescription.from_json(written.to_json()).classes == ('写真', 'tv/monitor', 'naïve')
    assert CLASSES == ('red', 'green', 'blue')
