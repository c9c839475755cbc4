"""Timing in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from export_toy import NETWORKS, photos, toy
from published_toy import DETECTOR, PIPELINE

from mlkd.errors import MLKDError
from mlkd.export import Stopwatch, TracedNetwork, timing, timing_child, write_onnx

pytest.importorskip('onnxruntime')


def test_onnx_runtime_alone(tmp_path: Path) -> None:
    student = toy(tmp_path / 's.safetensors', NETWORKS['small convnet'])
    traced = TracedNetwork(student, 'view')
    graph = write_onnx(traced, tmp_path / 's.onnx', {})
    found = Stopwatch(1, 0.01, (1, 3)).onnx('a', graph, [traced.array(photo) for photo in photos(2)])
    assert list(found.images_per_second) == list(found.cpu_ms_per_image) == [1, 3]
    assert all(value > 0 for value in found.images_per_second.values())
    assert found.bytes == graph.stat().st_size
    assert 0 < found.ready_rss_mib <= found.peak_rss_mib
    json.dumps(found.to_dict())


def test_pytorch_runs_what_is_exported(tmp_path: Path) -> None:
    path = tmp_path / 's.safetensors'
    traced = TracedNetwork(toy(path, NETWORKS['small convnet']), 'view')
    arrays = np.stack([traced.array(photo) for photo in photos(3)])
    np.save(tmp_path / 'images.npy', arrays)
    request = {'threads': torch.get_num_threads(), 'model': str(path), 'images': str(tmp_path / 'images.npy')}
    _, scores = timing_child._torch({**request, 'preprocessing': 'view'})(2)
    torch.testing.assert_close(scores, traced(torch.from_numpy(arrays[:2]))[1])


def test_a_detector_with_and_without_making_proposals(tmp_path: Path) -> None:
    path = tmp_path / 'd.safetensors'
    windows = {'type': 'SlidingWindows', 'scales': [1, 0.5], 'ratios': [1], 'stride': 0.5}
    student = toy(path, DETECTOR, classes=('a', 'b', 'c'), pipeline=PIPELINE, proposals=windows, thresholds=None)
    assert timing.needs_proposals(path)
    np.savez(tmp_path / 'images.npz', *photos(2))
    request = {'threads': torch.get_num_threads(), 'model': str(path), 'images': str(tmp_path / 'images.npz')}
    expected = student.predict(photos(2))
    for with_proposals in (False, True):
        run = timing_child._detector({**request, 'with_proposals': with_proposals})
        # Again and again, of the same samples.
        for found in (run(2), run(2)):
            for sample, other in zip(found, expected, strict=True):
                torch.testing.assert_close(sample.pred_score, other.pred_score)


def test_what_goes_wrong_in_the_process_is_told(tmp_path: Path) -> None:
    (tmp_path / 'broken.onnx').write_text('nothing')
    with pytest.raises(MLKDError, match=r'could not be timed[\s\S]*broken\.onnx'):
        Stopwatch(1, 0.01).onnx('b', tmp_path / 'broken.onnx', [np.zeros(3, np.float32)])


def test_the_median_call_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 1.0, 3.0, 3.0, 9.0])
    work = iter([0.0, 0.5, 0.5, 1.0, 1.0, 1.4])
    monkeypatch.setattr(timing_child.time, 'perf_counter', lambda: next(clock))
    monkeypatch.setattr(timing_child.time, 'process_time', lambda: next(work))
    speed, cpu = timing_child.measured(lambda batch: None, 4, 5.0)
    assert speed == 4 / 2.0
    assert cpu == pytest.approx(1000 * 0.5 / 4)


def test_the_child_imports_nothing_of_ours() -> None:
    listed = 'print([name for name in sys.modules if name[:4] in ("mlkd", "torc")])'
    script = f'import runpy, sys; runpy.run_path({str(timing._CHILD)!r}); {listed}'
    done = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == '[]'
