"""Timing in processes of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from export_toy import NETWORKS, photos, toy, write_toy
from published_toy import DETECTOR, PIPELINE

from mlkd.errors import MLKDError
from mlkd.export import Stopwatch, TracedNetwork, timing, write_onnx

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


def test_what_goes_wrong_in_the_process_is_told(tmp_path: Path) -> None:
    (tmp_path / 'broken.onnx').write_text('nothing')
    with pytest.raises(MLKDError, match=r'could not be timed[\s\S]*broken\.onnx'):
        Stopwatch(1, 0.01).onnx('b', tmp_path / 'broken.onnx', [np.zeros(3, np.float32)])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What processes were asked for, with the images that they would read."""
    requests: list[dict[str, Any]] = []

    def run(request: dict[str, Any]) -> dict[str, Any]:
        with np.load(request['images']) if request['engine'] == 'detector' else open(request['images'], 'rb') as file:
            images = [file[name] for name in file.files] if request['engine'] == 'detector' else np.load(file)
        requests.append({**request, 'images': images})
        numbers = {str(batch): 1 / 3 for batch in request['batches']}
        memory = {'peak_rss_mib': 100.06, 'ready_rss_mib': 50.04}
        return {'images_per_second': numbers, 'cpu_ms_per_image': numbers, **memory}

    monkeypatch.setattr(timing, '_run', run)
    return requests


def test_images_fill_the_largest_batch(tmp_path: Path, asked: list) -> None:
    """Those of the first one's size, again and again."""
    (tmp_path / 's').write_bytes(b'12345')
    arrays = [np.full(size, value, np.uint8) for value, size in enumerate(((2, 3), (2, 3), (3, 2)))]
    found = Stopwatch(2, 0.5, (1, 5), ('json',)).torch('a', tmp_path / 's', arrays, 'photo')
    (request,) = asked
    assert request.pop('images')[:, 0, 0].tolist() == [0, 1, 0, 1, 0]
    assert request == {
        'engine': 'torch',
        'preprocessing': 'photo',
        'model': str(tmp_path / 's'),
        'threads': 2,
        'seconds': 0.5,
        'batches': (1, 5),
        'plugins': ('json',),
    }
    assert (found.bytes, found.threads, found.images_per_second) == (5, 2, {1: 0.33, 5: 0.33})
    assert (found.peak_rss_mib, found.ready_rss_mib) == (100.1, 50.0)


def test_a_detector_sees_photos_of_any_sizes_one_at_a_time(tmp_path: Path, asked: list) -> None:
    (tmp_path / 'd').touch()
    Stopwatch(1, 0.5, (1, 16)).detector('a', tmp_path / 'd', photos(3), True)
    (request,) = asked
    assert (request['batches'], request['with_proposals']) == ([1], True)
    for image, photo in zip(request['images'], photos(3), strict=True):
        np.testing.assert_array_equal(image, photo)


def test_who_needs_proposals(tmp_path: Path) -> None:
    windows = {'type': 'SlidingWindows'}
    known = {'classes': ('a', 'b', 'c'), 'pipeline': PIPELINE, 'thresholds': None}
    assert timing.needs_proposals(write_toy(tmp_path / 'd', DETECTOR, proposals=windows, **known))
    assert not timing.needs_proposals(write_toy(tmp_path / 's', NETWORKS['small convnet']))
