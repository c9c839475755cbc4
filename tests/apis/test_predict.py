"""The command: tables, files, pictures, going on where it stopped."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from published_toy import CLASSES, DETECTOR, description, images, network

from mlkd.apis.cli import main_of
from mlkd.apis.inferencer import MultiLabelInferencer
from mlkd.published import PhotoNetwork, load_student, write_student


@pytest.fixture(scope='module')
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('student') / 'student.safetensors'
    return write_student(path, network().state_dict(), description(thresholds=(0.0, 0.5, 1.0)))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / 'photos'
    (folder / 'more').mkdir(parents=True)
    for name, image in zip(('a.png', 'b.png', 'more/a.png'), images((20, 30), (30, 20), (25, 25)), strict=True):
        assert cv2.imwrite(str(folder / name), image)
    return folder


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many photos the network has seen since the last call."""
    count = [0]
    plain = PhotoNetwork.predict_packed

    def counted(self: PhotoNetwork, packed: list) -> Any:
        count[0] += len(packed)
        return plain(self, packed)

    monkeypatch.setattr(PhotoNetwork, 'predict_packed', counted)

    def since() -> int:
        found, count[0] = count[0], 0
        return found

    return since


def predict(*words: Any) -> int:
    return main_of('predict', [*map(str, words), '--device', 'cpu'])


def test_table_json_and_csv_say_what_the_inferencer_says(
    student: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert predict(photos, '--model', student, '--out', tmp_path / 'o.json') == 0
    printed = capsys.readouterr().out
    assert predict(photos, '--model', student, '--out', tmp_path / 'o.csv') == 0
    entries = json.loads((tmp_path / 'o.json').read_text())
    with open(tmp_path / 'o.csv', newline='') as file:
        rows = list(csv.DictReader(file))
    results = MultiLabelInferencer(student, 'cpu')(photos)
    assert len(results) == len(entries) == len(rows) == 3
    for result, entry, row in zip(results, entries, rows, strict=True):
        assert entry['image'] == row['image'] == str(result.photo)
        assert entry['labels'] == row['labels'].split(';') == list(result.labels)
        assert list(entry['scores'].values()) == pytest.approx(result.scores.tolist(), abs=1e-6)
        assert [float(row[name]) for name in CLASSES] == pytest.approx(result.scores.tolist(), abs=1e-5)
        for name, score in result.labels.items():
            assert f'{name} ' in printed
            assert f'{score:.3f}' in printed


def test_threshold_and_top(student: Path, photos: Path, tmp_path: Path) -> None:
    scores = MultiLabelInferencer(student, 'cpu')(photos / 'a.png')[0].scores
    ranked = [CLASSES[k] for k in np.argsort(-scores)]
    between = float(np.sort(scores)[1])

    def labels(*options: Any) -> list[str]:
        assert predict(photos / 'a.png', '--model', student, '--out', tmp_path / 'o.json', *options) == 0
        return json.loads((tmp_path / 'o.json').read_text())[0]['labels']

    assert labels('--threshold', '0') == ranked
    assert labels('--threshold', between) == ranked[:1]
    assert labels('--top', '2') == ranked[:2]
    assert labels('--top', '9') == ranked
    assert labels('--top', '2', '--threshold', between) == ranked[:1]
    assert labels('--threshold', '1') == []


def test_broken_photos_are_listed_skipped_and_tried_again(
    student: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], seen: Callable[[], int]
) -> None:
    (photos / 'broken.jpg').write_text('no photo')
    words = (photos, '--model', student, '--out', tmp_path / 'o.json')
    assert predict(*words) == 1
    assert f'Skipped {photos / "broken.jpg"}: ' in capsys.readouterr().out
    assert len(json.loads((tmp_path / 'o.json').read_text())) == 3
    assert seen() == 3
    cv2.imwrite(str(photos / 'broken.png'), images((9, 9))[0])
    (photos / 'broken.png').rename(photos / 'broken.jpg')
    assert predict(*words) == 0
    assert seen() == 1
    entries = json.loads((tmp_path / 'o.json').read_text())
    assert [Path(entry['image']).name for entry in entries] == ['a.png', 'b.png', 'broken.jpg', 'a.png']


def test_a_run_that_was_stopped_goes_on(
    student: Path,
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    seen: Callable[[], int],
) -> None:
    whole, out = tmp_path / 'whole.json', tmp_path / 'o.json'
    assert predict(photos, '--model', student, '--out', whole, '--batch-size', '1') == 0
    seen()
    words = (photos, '--model', student, '--out', out, '--pictures', tmp_path / 'drawn', '--batch-size', '1')
    from mlkd.apis.photos import labelling

    plain, drawn = labelling.save_picture, []

    def interrupted(path: Path, *rest: Any) -> Path:
        if len(drawn) == 1:
            raise KeyboardInterrupt
        drawn.append(path)
        return plain(path, *rest)

    monkeypatch.setattr(labelling, 'save_picture', interrupted)
    assert predict(*words) == 130
    assert not out.exists()
    assert seen() == 2
    monkeypatch.setattr(labelling, 'save_picture', lambda *a: drawn.append(a[0]) or plain(*a))
    assert predict(*words) == 0
    assert seen() == 1
    assert len(drawn) == len(set(drawn)) == len(list((tmp_path / 'drawn').iterdir())) == 3
    assert json.loads(out.read_text()) == json.loads(whole.read_text())
    # Again: nothing is left to do, unless pictures are to say something else.
    assert predict(*words) == 0
    assert (seen(), len(drawn)) == (0, 3)
    assert predict(*words, '--threshold', '0.1') == 0
    assert (seen(), len(drawn)) == (0, 6)


def test_results_of_another_network_are_not_gone_on_with(
    student: Path, photos: Path, tmp_path: Path, seen: Callable[[], int]
) -> None:
    words = (photos, '--out', tmp_path / 'o.json', '--model')
    assert predict(*words, student) == 0
    before = json.loads((tmp_path / 'o.json').read_text())
    tensors = network().state_dict()
    tensors['head.fc.bias'] += 1
    other = write_student(tmp_path / 'other.safetensors', tensors, description())
    seen()
    assert predict(*words, other) == 0
    assert seen() == 3
    after = json.loads((tmp_path / 'o.json').read_text())
    assert all(a['scores'] != b['scores'] for a, b in zip(before, after, strict=True))


def test_a_detector_gives_boxes(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], seen: Callable[[], int]
) -> None:
    generator = {'type': 'SlidingWindows', 'scales': [1, 0.5], 'stride': 0.5}
    model = write_student(tmp_path / 'd', network(DETECTOR).state_dict(), description(DETECTOR, proposals=generator))
    words = (photos, '--model', model, '--threshold', '0.1', '--out', tmp_path / 'o.json')
    assert predict(*words, '--pictures', tmp_path / 'drawn') == 0
    first, printed = (tmp_path / 'o.json').read_bytes(), capsys.readouterr().out
    entry = json.loads(first)[0]
    assert f'{entry["boxes"][0]["score"]:.3f}' in printed
    drawn = [cv2.imread(str(path)) for path in (tmp_path / 'drawn').iterdir()]
    assert drawn
    assert all(picture is not None for picture in drawn)
    seen()
    assert predict(*words) == 0
    assert seen() == 0
    assert (tmp_path / 'o.json').read_bytes() == first


def test_infer_takes_the_file_too(student: Path, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert predict(photos, '--model', student) == 0
    printed = capsys.readouterr().out
    assert main_of('infer', [str(photos), '--model', str(student), '--device', 'cpu']) == 0
    assert capsys.readouterr().out == printed
    assert main_of('infer', [str(photos), '--model', str(student), '--tta']) == 1
    assert main_of('infer', [str(photos)]) == 1
    assert '--tta' in capsys.readouterr().err


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (['--batch-size', '0'], '--batch-size'),
        (['--top', '-1'], '--top'),
        (['--threshold', 'nan'], '--threshold'),
        (['--out', 'o.xlsx'], '--out'),
        (['--box-share', '7'], '--box-share'),
    ],
)
def test_wrong_arguments(
    student: Path, photos: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert predict(photos, '--model', student, *words) == 1
    assert said in capsys.readouterr().err


def test_wrong_model(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / 'text.safetensors').write_text('no network')
    for path in (tmp_path / 'none', tmp_path / 'text.safetensors'):
        assert predict(photos, '--model', path) == 1
        assert capsys.readouterr().err.startswith('CheckpointError: ')


def test_plugins(student: Path, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_of('predict', [str(photos), '--model', str(student), '--plugins', 'no.such.module']) == 1
    assert '--plugins' in capsys.readouterr().err
    assert main_of('predict', [str(photos), '--model', str(student), '--plugins', 'json']) == 0


def test_a_name_that_two_photos_have(student: Path, photos: Path, tmp_path: Path) -> None:
    assert predict(photos, '--model', student, '--pictures', tmp_path / 'drawn') == 0
    assert len(list((tmp_path / 'drawn').glob('a_*.png'))) == 2
    assert load_student(student, 'cpu').classes == CLASSES
