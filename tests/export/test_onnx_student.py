"""Opening exported files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from export_toy import CLASSES, NETWORKS, photos, toy

from mlkd.errors import CheckpointError, ConfigError
from mlkd.export import OnnxStudent, TracedNetwork, packages, properties, write_onnx

onnx = pytest.importorskip('onnx')
pytest.importorskip('onnxruntime')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    student = toy(tmp_path / 's.safetensors', NETWORKS['small convnet'])
    traced = TracedNetwork(student, 'photo')
    return write_onnx(traced, tmp_path / 's.onnx', properties(student.description, traced))


def test_scores_of_photos_of_any_size(path: Path) -> None:
    session = OnnxStudent.open(path)
    for photo in photos(2):
        logits, scores = session.run(photo[None])
        assert logits.shape == scores.shape == (1, len(CLASSES))
        np.testing.assert_allclose(scores, 1 / (1 + np.exp(-logits)), atol=1e-6)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match='no such file'):
        OnnxStudent.open(tmp_path / 'none.onnx')


@pytest.mark.parametrize('damage', ['cut', 'text'])
def test_damaged_files(path: Path, damage: str) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] if damage == 'cut' else b'no onnx')
    with pytest.raises(CheckpointError, match='damaged or no ONNX file'):
        OnnxStudent.open(path)


@pytest.mark.parametrize('given', [None, '2'])
def test_files_of_others_and_of_a_newer_mlkd(path: Path, given: str | None) -> None:
    model = onnx.load(path)
    del model.metadata_props[:]
    if given:
        onnx.helper.set_model_props(model, {'mlkd.format': given})
    onnx.save(model, path)
    with pytest.raises(CheckpointError, match=f'format {given or None}'):
        OnnxStudent.open(path)


@pytest.mark.parametrize('name', packages.PACKAGES)
def test_a_missing_package_names_the_extra(name: str, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setitem(__import__('sys').modules, name, None)
    with pytest.raises(ConfigError, match=rf'{name} is not installed[\s\S]*mlkd\[export\]'):
        OnnxStudent.open(path) if name == 'onnxruntime' else packages.onnx_package()
