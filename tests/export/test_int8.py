"""INT8: smaller, near, with the first layers in floating point where that is needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from export_toy import NETWORKS, photos, toy

from mlkd.errors import ConfigError
from mlkd.export import OnnxStudent, TracedNetwork, properties, quantize, write_onnx

onnx = pytest.importorskip('onnx')
pytest.importorskip('onnxruntime')


@pytest.fixture
def source(tmp_path: Path) -> tuple[TracedNetwork, Path]:
    student = toy(tmp_path / 's.safetensors', NETWORKS['mobilenet'])
    traced = TracedNetwork(student, 'view')
    return traced, write_onnx(traced, tmp_path / 's.onnx', properties(student.description, traced))


def test_integers_inside_and_the_same_outside(source: tuple[TracedNetwork, Path], tmp_path: Path) -> None:
    traced, path = source
    arrays = [traced.array(photo) for photo in photos(4)]
    told: list[str] = []
    trials = quantize(path, tmp_path / 'q.onnx', arrays, 'minmax', told.append)
    before, after = OnnxStudent.open(path), OnnxStudent.open(tmp_path / 'q.onnx')
    assert after.facts == before.facts
    difference = np.abs(after.run(np.stack(arrays))[1] - before.run(np.stack(arrays))[1])
    assert 0 < difference.mean() < 0.1
    assert difference.mean() == pytest.approx(trials[-1].mean_score, abs=1e-4)
    assert trials[-1].mean_score == min(trial.mean_score for trial in trials)
    assert len(told) == len(trials)
    model = onnx.load(tmp_path / 'q.onnx')
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count('DequantizeLinear') > trials[-1].of
    # A quarter of the bytes of the weights, and what says how they are meant.
    assert (tmp_path / 'q.onnx').stat().st_size < 0.6 * path.stat().st_size


def test_what_stays_in_floating_point_is_at_the_ends(
    source: tuple[TracedNetwork, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlkd.export import int8

    # Nothing is ever near enough: all choices are tried, each with more in floating point.
    monkeypatch.setattr(int8, 'NEAR', -1.0)
    traced, path = source
    made: list[list[str]] = []
    inner = int8._quantize

    def watched(*arguments: object) -> None:
        made.append(list(arguments[-1]))  # type: ignore[call-overload]
        inner(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(int8, '_quantize', watched)
    trials = quantize(path, tmp_path / 'q.onnx', [traced.array(photo) for photo in photos(2)], 'minmax')
    assert [len(names) for names in made] == sorted(len(names) for names in made)
    assert made[0] == []
    names = [node.name for node in onnx.load(path).graph.node if node.op_type in ('Conv', 'Gemm')]
    for kept in made[1:]:
        layers = [name in kept for name in names]
        count = sum(layers)
        assert layers == [True] * (count - 1) + [False] * (len(names) - count) + [True]
    assert {trial.of for trial in trials} == {len(names)}
    assert trials[-1].mean_score == min(trial.mean_score for trial in trials)


def test_a_file_that_cannot_be_quantised(tmp_path: Path) -> None:
    node = onnx.helper.make_node('Sigmoid', ['image'], ['scores'])
    twin = onnx.helper.make_node('Identity', ['image'], ['logits'])
    shape = onnx.helper.make_tensor_value_info
    values = [shape(name, onnx.TensorProto.FLOAT, ['b', 3]) for name in ('image', 'logits', 'scores')]
    graph = onnx.helper.make_graph([node, twin], 'g', values[:1], values[1:])
    onnx.save(
        onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid('', 18)], ir_version=8),
        tmp_path / 'n.onnx',
    )
    with pytest.raises(ConfigError, match='cannot be quantised'):
        quantize(tmp_path / 'n.onnx', tmp_path / 'q.onnx', [np.zeros(3, np.float32)])
    assert not (tmp_path / 'q.onnx').exists()
