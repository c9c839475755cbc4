"""One export: where it writes, what it compares, measures and times."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from export_toy import CLASSES, NETWORKS, photos, write_toy
from published_toy import DETECTOR, PIPELINE

from mlkd.apis.export import exporter as module
from mlkd.apis.export.exporter import Exporter
from mlkd.errors import CheckpointError
from mlkd.export import OnnxStudent
from mlkd.export.timing import Timing
from mlkd.fileio import checksum
from mlkd.published import load_student

pytest.importorskip('onnxruntime')
SMALL = NETWORKS['small convnet']


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_toy(tmp_path / 'run' / 'student.safetensors', SMALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / 'photos').mkdir()
    for index, photo in enumerate(photos(3)):
        cv2.imwrite(str(tmp_path / 'photos' / f'{index}.png'), photo)
    return tmp_path / 'photos'


def exporter(model: Path, kind: str = 'onnx', out: Path | None = None, preprocessing: Any = 'view') -> Exporter:
    return Exporter(model, kind, None if out is None else str(out), preprocessing)


@pytest.mark.parametrize(
    ('kind', 'name'),
    [('onnx', 'student.onnx'), ('int8', 'student.int8.onnx'), ('safetensors', 'student.copy.safetensors')],
)
def test_beside_the_model_or_where_it_is_told_to(model: Path, tmp_path: Path, kind: str, name: str) -> None:
    assert exporter(model, kind).out == model.with_name(name)
    assert exporter(model, kind, tmp_path / 'new' / 'x').out == tmp_path / 'new' / 'x'
    assert not (tmp_path / 'new').exists(), 'made when there is something to write'
    other = model.rename(model.with_name('v1.2'))
    assert exporter(other, kind).out.name == name.replace('student', 'v1.2')
    assert sorted(path.name for path in other.parent.iterdir()) == ['v1.2']


def test_what_is_known_beforehand(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'argv', ['mlkd', 'export', '--model', 'a b'])
    report = exporter(model).report
    assert {key: report[key] for key in ('format', 'preprocessing', 'model', 'network_sha256', 'classes')} == {
        'format': 'onnx',
        'preprocessing': 'view',
        'model': 'student.safetensors',
        'network_sha256': 'abc',
        'classes': len(CLASSES),
    }
    assert report['model_sha256'] == checksum(model)
    assert report['parameters'] == sum(x.numel() for x in load_student(model, 'cpu').network.parameters())
    assert report['command'] == "mlkd export --model 'a b'"
    assert {'torch', 'onnx', 'onnxruntime'} <= report['versions'].keys()
    assert len(report['machine']['load']) == 3
    copy = exporter(model, 'safetensors').report
    assert copy['preprocessing'] is None
    assert not {'onnx', 'onnxruntime'} & copy['versions'].keys()


def test_what_is_no_model(tmp_path: Path) -> None:
    for path in (tmp_path / 'none.safetensors', tmp_path):
        with pytest.raises(CheckpointError):
            exporter(path)


def test_a_copy_scores_as_the_student(model: Path, folder: Path) -> None:
    made = exporter(model, 'safetensors')
    made.write(None, None, 'minmax', 5)
    made.check(str(folder), 2)
    assert made.equal
    assert made.report['check']['images'] == 2
    assert made.report['check']['logits'] < 1e-6
    assert (made.report['file'], made.report['bytes']) == ('student.copy.safetensors', made.out.stat().st_size)
    assert load_student(made.out, 'cpu').description == made.student.description
    # Neither measured nor timed: it is what it was.
    made.measure(None)
    made.time(None, 1.0, 1)
    assert not {'metrics', 'timing', 'quantisation'} & made.report.keys()


def test_photos_that_cannot_be_read_are_told(model: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / 'broken [1].jpg').write_text('no image')
    made = exporter(model)
    made.write(None, None, 'minmax', 5)
    made.check(str(folder), 100)
    assert f'Left out {folder / "broken [1].jpg"}: ' in capsys.readouterr().out
    assert made.report['check']['broken'] == [str(folder / 'broken [1].jpg')]
    assert (made.report['check']['on'], made.report['check']['images']) == ('photos', 3)
    assert made.equal


def test_int8_may_differ(model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = exporter(model, 'int8')
    made.write(str(folder), None, 'minmax', 2)
    assert made.report['quantisation']['photos'] == 2
    assert made.report['quantisation']['method'] == 'minmax'
    monkeypatch.setattr(module, 'OnnxStudent', Wrong)
    made.check(str(folder), 100)
    assert not made.report['check']['equal']
    assert made.equal
    assert made.out.is_file()


class Wrong(OnnxStudent):
    """Adds what is too much to a logit."""

    def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits, scores = super().run(images)
        return logits + 2e-4, scores


def test_a_file_that_differs_is_kept_aside(model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = exporter(model)
    made.write(None, None, 'minmax', 5)
    monkeypatch.setattr(module, 'OnnxStudent', Wrong)
    made.check(str(folder), 100)
    aside = model.with_name('student.onnx.differs')
    assert not made.equal
    assert (made.out, made.report['file']) == (aside, aside.name)
    assert aside.is_file()
    assert not model.with_name('student.onnx').exists()


class Labelled:
    """A test set of three photos; measured is the mean score of each label."""

    config = 'kd.py'

    def __len__(self) -> int:
        return 3

    def measure(self, predict: Any, seen: Any) -> dict[str, float]:
        scores = np.concatenate([predict(photos(3)[:2]), predict(photos(3)[2:])])
        seen(2)
        seen(1)
        return dict(zip(CLASSES, scores.mean(0).tolist(), strict=True))


def test_before_and_after(model: Path) -> None:
    made = exporter(model)
    made.write(None, None, 'minmax', 5)
    made.measure(Labelled())  # type: ignore[arg-type]
    found = made.report['metrics']
    assert (found['config'], found['images']) == ('kd.py', 3)
    means = torch.stack([sample.pred_score for sample in made.student.predict(photos(3))]).mean(0).tolist()
    assert list(found['before'].values()) == pytest.approx(means, abs=1e-6)
    assert list(found['after'].values()) == pytest.approx(means, abs=1e-4)


class Watch:
    """Notes what is to be timed."""

    asked: list[tuple[Any, ...]] = []

    def __init__(self, threads: int, seconds: float, plugins: Any) -> None:
        self.threads, self.asked = threads, [('watch', threads, seconds, plugins)]
        Watch.asked = self.asked

    def _time(self, kind: str, name: str, path: Path, arrays: Any, *rest: Any) -> Timing:
        self.asked.append((kind, name, path.name, len(arrays), *rest))
        return Timing(name, str(path), path.stat().st_size, {1: 2.0}, {1: 3.0}, 5.0, 4.0, self.threads)

    def torch(self, *arguments: Any) -> Timing:
        return self._time('torch', *arguments)

    def onnx(self, *arguments: Any) -> Timing:
        return self._time('onnx', *arguments)

    def detector(self, *arguments: Any) -> Timing:
        return self._time('detector', *arguments)


@pytest.fixture
def _watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, 'Stopwatch', Watch)
    Watch.asked = []


@pytest.mark.usefixtures('_watch')
def test_the_student_is_timed_in_both(model: Path) -> None:
    made = exporter(model)
    made.write(None, None, 'minmax', 5)
    made.time(None, 0.5, 2, ('json',))
    assert Watch.asked == [
        ('watch', 2, 0.5, ('json',)),
        ('torch', 'student, PyTorch', 'student.safetensors', 16, 'view'),
        ('onnx', 'student, ONNX Runtime', 'student.onnx', 16),
    ]
    first, second = made.report['timing']
    assert (first['file'], second['file']) == ('student.safetensors', 'student.onnx')
    assert first['network_sha256'] == second['network_sha256'] == 'abc'
    assert second['bytes'] == made.out.stat().st_size
    json.dumps(made.report)


@pytest.mark.usefixtures('_watch')
def test_nothing_is_timed_in_no_time(model: Path) -> None:
    made = exporter(model)
    made.time(None, 0, 1)
    assert Watch.asked == []
    assert 'timing' not in made.report


@pytest.mark.usefixtures('_watch')
def test_int8_beside_the_whole_file_and_a_teacher(model: Path, folder: Path, tmp_path: Path) -> None:
    windows = {'type': 'SlidingWindows', 'scales': [1], 'ratios': [1], 'stride': 0.5}
    known = {'classes': ('a', 'b', 'c'), 'pipeline': PIPELINE, 'thresholds': None}
    provenance = {'network_sha256': 'of the teacher'}
    detector = write_toy(tmp_path / 'd.safetensors', DETECTOR, proposals=windows, provenance=provenance, **known)
    made = exporter(model, 'int8')
    made.out.touch()
    made.photos = module.PhotoSource.below(folder)
    made.time(str(detector), 0.5, 1)
    # Of three photos; a detector would not get more than four.
    assert Watch.asked[1:] == [
        ('detector', 'teacher, PyTorch, proposals given', 'd.safetensors', 3, False),
        ('detector', 'teacher, PyTorch, proposals made', 'd.safetensors', 3, True),
        ('torch', 'student, PyTorch', 'student.safetensors', 3, 'view'),
        ('onnx', 'student, ONNX Runtime', 'student.onnx', 3),
        ('onnx', 'student, ONNX Runtime, INT8', 'student.int8.onnx', 3),
    ]
    assert [row['network_sha256'] for row in made.report['timing']] == ['of the teacher'] * 2 + ['abc'] * 3


@pytest.mark.usefixtures('_watch')
def test_a_teacher_that_needs_no_proposals(model: Path, tmp_path: Path) -> None:
    teacher = write_toy(tmp_path / 't.safetensors', SMALL, provenance={'network_sha256': 'def'})
    made = exporter(model, preprocessing='photo')
    made.write(None, None, 'minmax', 5)
    made.time(str(teacher), 0.5, 1)
    assert Watch.asked[1] == ('torch', 'teacher, PyTorch', 't.safetensors', 16, 'view')
    assert Watch.asked[2][-1] == 'photo'
    assert [row['network_sha256'] for row in made.report['timing']] == ['def', 'abc', 'abc']
