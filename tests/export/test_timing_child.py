"""The process that times one network: what it runs, and how it counts."""

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

from mlkd.export import TracedNetwork, timing, timing_child, write_onnx
from mlkd.export.traced_network import INPUT


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
    np.savez(tmp_path / 'images.npz', *photos(2))
    request = {'threads': torch.get_num_threads(), 'model': str(path), 'images': str(tmp_path / 'images.npz')}
    expected = student.predict(photos(2))
    for with_proposals in (False, True):
        run = timing_child._detector({**request, 'with_proposals': with_proposals})
        # Again and again, of the same samples.
        for found in (run(2), run(2)):
            for sample, other in zip(found, expected, strict=True):
                torch.testing.assert_close(sample.pred_score, other.pred_score)


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


def test_onnx_runtime_runs_the_file(tmp_path: Path) -> None:
    pytest.importorskip('onnxruntime')
    traced = TracedNetwork(toy(tmp_path / 's.safetensors', NETWORKS['small convnet']), 'view')
    graph = write_onnx(traced, tmp_path / 's.onnx', {})
    arrays = np.stack([traced.array(photo) for photo in photos(3)])
    np.save(tmp_path / 'images.npy', arrays)
    request = {'threads': 1, 'model': str(graph), 'images': str(tmp_path / 'images.npy'), 'input': INPUT}
    logits, scores = timing_child._onnx(request)(2)
    with torch.no_grad():
        expected = traced(torch.from_numpy(arrays[:2]))
    np.testing.assert_allclose(logits, expected[0], atol=1e-4)
    np.testing.assert_allclose(scores, expected[1], atol=1e-4)


def test_a_call_that_does_not_count_and_three_that_do() -> None:
    calls: list[int] = []
    timing_child.measured(calls.append, 7, 0.0)
    assert calls == [7] * 4


@pytest.mark.parametrize(('platform', 'unit'), [('darwin', 1 << 20), ('linux', 1 << 10)])
def test_memory_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch, platform: str, unit: int) -> None:
    import resource

    here = timing_child.peak_rss_mib()
    assert here == pytest.approx(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, rel=0.5)
    monkeypatch.setattr(timing_child, 'Path', lambda path: Path('/no/such/file'))
    monkeypatch.setattr(timing_child.sys, 'platform', platform)
    monkeypatch.setattr(resource, 'getrusage', lambda who: type('Usage', (), {'ru_maxrss': 300 * unit}))
    assert timing_child.peak_rss_mib() == 300


def test_a_plugin_is_imported_before_the_network_is_read(tmp_path: Path) -> None:
    (tmp_path / 'my_plugin.py').write_text("raise ImportError('this one')")
    request = {'plugins': ['my_plugin'], 'engine': 'torch'}
    command = [sys.executable, timing_child.__file__, json.dumps(request)]
    done = subprocess.run(command, capture_output=True, text=True, env={'PYTHONPATH': str(tmp_path)}, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == 'ImportError: this one'
