"""``mlkd export`` from end to end."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from export_toy import CLASSES, NETWORKS, photos, toy, write_toy
from published_toy import DETECTOR, PIPELINE

from mlkd.apis.cli import main_of
from mlkd.apis.export import exporter
from mlkd.export import OnnxStudent

pytest.importorskip('onnxruntime')
SMALL = NETWORKS['small convnet']


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_toy(tmp_path / 'run' / 'student.safetensors', SMALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / 'photos').mkdir()
    for index, photo in enumerate(photos(4)):
        cv2.imwrite(str(tmp_path / 'photos' / f'{index}.png'), photo)
    return tmp_path / 'photos'


def export(*arguments: str | Path) -> int:
    return main_of('export', [*map(str, arguments), '--seconds', '0'])


def report_of(path: Path) -> dict[str, Any]:
    return json.loads(path.with_name(f'{path.name}.json').read_text())


@pytest.mark.parametrize('preprocessing', ['none', 'view', 'photo'])
def test_onnx_beside_the_student(
    model: Path, folder: Path, preprocessing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export('--model', model.parent, '--to', 'onnx', '--preprocessing', preprocessing, '--check', folder) == 0
    out = capsys.readouterr().out
    assert '4 photos of photos: largest difference of a logit' in out
    report = report_of(model.with_name('student.onnx'))
    assert report['check']['equal']
    assert report['check']['logits'] <= 1e-4
    assert report['network_sha256'] == 'abc'
    assert report['classes'] == len(CLASSES)


def test_the_code_of_the_documents_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    student = toy(tmp_path / 'student.safetensors', SMALL)
    arguments = ('--model', tmp_path, '--to', 'onnx', '--preprocessing', 'photo')
    assert export(*arguments) == 0
    cv2.imwrite(str(tmp_path / 'photo.jpg'), photos(1)[0])
    page = Path(__file__).parents[3] / 'docs' / 'export.md'
    (code,) = re.findall(r'```python\n(.*?)```', page.read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    exec(code, {})
    score = student.predict([cv2.imread('photo.jpg')])[0].pred_score
    expected = [f'{n} {s:.2f}' for n, s, t in zip(CLASSES, score, student.thresholds, strict=True) if s > t]
    assert expected
    assert capsys.readouterr().out.splitlines() == expected


def test_without_photos_images_are_drawn(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert export('--model', model, '--to', 'onnx') == 0
    assert '32 drawn images: largest difference' in capsys.readouterr().out


def test_int8(model: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / 'page.md'
    page.write_text('# By hand\n')
    for _ in range(2):
        arguments = (
            '--to',
            'int8',
            '--calibrate',
            folder,
            '--calibration',
            'minmax',
            '--check',
            folder,
            '--page',
            page,
        )
        assert export('--model', model, *arguments) == 0
    report = report_of(model.with_name('student.int8.onnx'))
    assert report['quantisation']['photos'] == 4
    assert 0 < report['check']['scores'] < 0.5
    assert 'INT8, the last one is written' in capsys.readouterr().out
    text = page.read_text()
    assert text.startswith('# By hand\n')
    assert text.count('<!-- results: export-int8-view -->') == 1
    assert f'{report["quantisation"]["trials"][-1]["mean_score"]:.4f}' in text


def test_a_file_that_differs_is_kept_aside(
    model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Wrong(OnnxStudent):
        def run(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            logits, scores = super().run(images)
            return logits + 2e-4, scores

    monkeypatch.setattr(exporter, 'OnnxStudent', Wrong)
    assert export('--model', model, '--to', 'onnx', '--check', folder) == 1
    assert 'does not compute what the student does' in ' '.join(capsys.readouterr().out.split())
    assert not model.with_name('student.onnx').exists()
    aside = model.with_name('student.onnx.differs')
    assert aside.is_file()
    assert not report_of(aside)['check']['equal']


CONFIG = """
model = {model}
sampler = dict(type='DefaultSampler')
train_dataloader = dict(batch_size=2, sampler=sampler, dataset=dict(type='Shapes', num_images=6, size=64))
tested = dict(type='Shapes', split='test', num_images=40, size=64, pipeline={pipeline})
test_dataloader = dict(batch_size=2, sampler=sampler, dataset=tested)
test_evaluator = dict(type='MultiLabelMetric')
test_cfg = dict()
"""


def test_map_before_and_after_is_that_of_the_test_set(tmp_path: Path) -> None:
    from mlkd.datasets.shapes import Shapes
    from mlkd.datasets.shapes_labels import CLASSES as FORMS
    from mlkd.evaluation import MultiLabelMetric

    network = {**SMALL, 'head': {**SMALL['head'], 'num_classes': len(FORMS)}}
    student = toy(tmp_path / 's.safetensors', network, classes=tuple(FORMS), thresholds=None)
    config = tmp_path / 'c.py'
    config.write_text(CONFIG.format(model=network, pipeline=student.description.pipeline))
    arguments = ('--model', tmp_path / 's.safetensors', '--config', config, '--calibration', 'minmax')
    assert export(*arguments, '--to', 'int8') == 0
    report = report_of(tmp_path / 's.int8.onnx')
    assert report['quantisation']['photos'] == 6
    metric, data = MultiLabelMetric(), Shapes(split='test', num_images=40, size=64)
    for index in range(40):
        entry = data.get_data_info(index)
        score = student.predict([entry['render']()])[0].pred_score
        metric.process(None, [{'pred_score': score, 'gt_label': entry['gt_label']}])
    assert report['metrics']['before']['mAP'] == pytest.approx(metric.evaluate(40)['mAP'])
    assert report['metrics']['after']['mAP'] == pytest.approx(report['metrics']['before']['mAP'], abs=15)
    assert report['metrics']['images'] == 40


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        (('--to', 'int8'), 'INT8 needs photos'),
        (('--to', 'onnx', '--limit', '0'), '--limit'),
        (('--to', 'onnx', '--check', 'nowhere'), 'no such file or folder'),
        (('--to', 'onnx', '--out', '{model}'), 'take the place of the student'),
        (('--to', 'onnx', '--out', '{model}/x.onnx'), 'Nothing can be written there'),
        (('--to', 'onnx', '--config', 'nothing.py'), 'no such config'),
    ],
)
def test_bad_arguments(model: Path, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert export('--model', model, *(word.format(model=model) for word in arguments)) == 1
    assert said in capsys.readouterr().err


def test_an_empty_folder_to_calibrate(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / 'empty').mkdir()
    assert export('--model', model, '--to', 'int8', '--calibrate', tmp_path / 'empty') == 1
    assert 'no photo' in capsys.readouterr().err


def test_a_detector_stays_in_pytorch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    windows = {'type': 'SlidingWindows', 'scales': [1], 'ratios': [1], 'stride': 0.5}
    path = write_toy(
        tmp_path / 'd.safetensors',
        DETECTOR,
        classes=('a', 'b', 'c'),
        pipeline=PIPELINE,
        proposals=windows,
        thresholds=None,
    )
    assert export('--model', path, '--to', 'onnx') == 1
    assert 'Only classifiers are exported' in capsys.readouterr().err


def test_labels_of_another_config(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / 'c.py'
    config.write_text(CONFIG.format(model=SMALL, pipeline=[]))
    assert export('--model', model, '--to', 'onnx', '--config', config) == 1
    assert 'other labels than the student' in capsys.readouterr().err


def test_students_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / 'student.safetensors').write_bytes(b'PK\x03\x04 no student')
    assert export('--model', tmp_path, '--to', 'onnx') == 1
    assert 'damaged or no safetensors file' in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [tmp_path / 'student.safetensors']
