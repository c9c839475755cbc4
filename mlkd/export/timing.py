"""Speed and memory of networks, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import mlkd
from mlkd.errors import MLKDError
from mlkd.published import read_description

from .traced_network import INPUT, Preprocessing

_CHILD = Path(__file__).with_name('timing_child.py')


@dataclass(frozen=True)
class Timing:
    """What one network was measured to need.

    Attributes:
        name: What it is.
        file: Its file.
        bytes: Size of the file.
        images_per_second: By number of images at a time, from arrays in memory to scores.
        cpu_ms_per_image: By the same, milliseconds of processor time, of all threads together.
        peak_rss_mib: Peak memory of a process that does nothing else, its libraries included.
        ready_rss_mib: The same before the first image.
        threads: How many it used.
    """

    name: str
    file: str
    bytes: int
    images_per_second: dict[int, float]
    cpu_ms_per_image: dict[int, float]
    peak_rss_mib: float
    ready_rss_mib: float
    threads: int

    def to_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return asdict(self)


class Stopwatch:
    """Times networks one after the other.

    Args:
        threads: Of each process.
        seconds: How long each number is measured.
        batches: Numbers of images at a time.
        plugins: Modules that are imported where PyTorch runs the network.
    """

    def __init__(
        self, threads: int, seconds: float, batches: Sequence[int] = (1, 16), plugins: Sequence[str] = ()
    ) -> None:
        self.threads, self.seconds, self.batches, self.plugins = threads, seconds, tuple(batches), tuple(plugins)

    def onnx(self, name: str, path: Path, arrays: Sequence[np.ndarray]) -> Timing:
        """An exported file in ONNX Runtime, without PyTorch in memory; arrays as it takes them."""
        return self._time(name, path, arrays, {'engine': 'onnx', 'input': INPUT})

    def torch(self, name: str, path: Path, arrays: Sequence[np.ndarray], preprocessing: Preprocessing) -> Timing:
        """A published student in PyTorch, from the same arrays."""
        return self._time(name, path, arrays, {'engine': 'torch', 'preprocessing': preprocessing})

    def detector(self, name: str, path: Path, photos: Sequence[np.ndarray], with_proposals: bool) -> Timing:
        """A published detector in PyTorch, one photo at a time.

        Args:
            name: What it is.
            path: Its file.
            photos: uint8 (H, W, 3), BGR.
            with_proposals: From photos, making proposals of each; else from frames with proposals.
        """
        request = {'engine': 'detector', 'with_proposals': with_proposals, 'batches': [1]}
        return self._time(name, path, photos, request)

    def _time(self, name: str, path: Path, arrays: Sequence[np.ndarray], request: dict[str, Any]) -> Timing:
        whole = {
            'model': str(path),
            'threads': self.threads,
            'seconds': self.seconds,
            'batches': self.batches,
            'plugins': self.plugins,
            **request,
        }
        with tempfile.TemporaryDirectory() as folder:
            images = Path(folder, 'images.npy')
            if request['engine'] == 'detector':
                images = images.with_suffix('.npz')
                np.savez(images, *arrays)
            else:
                # Photos of many sizes cannot be run at once; those of the first one's size can.
                same = [array for array in arrays if array.shape == arrays[0].shape]
                np.save(images, np.stack([same[index % len(same)] for index in range(max(whole['batches']))]))
            found = _run({**whole, 'images': str(images)})
        speed, work = (
            {int(batch): round(value, 2) for batch, value in found[key].items()}
            for key in ('images_per_second', 'cpu_ms_per_image')
        )
        memory = {key: round(found[key], 1) for key in ('peak_rss_mib', 'ready_rss_mib')}
        return Timing(name, str(path), path.stat().st_size, speed, work, **memory, threads=self.threads)


def needs_proposals(path: str | os.PathLike) -> bool:
    """Whether a published file holds a detector."""
    return read_description(path).model.get('bbox_head') is not None


def _run(request: dict[str, Any]) -> dict[str, Any]:
    folder = str(Path(mlkd.__file__).parents[1])
    path = os.pathsep.join(part for part in (folder, os.environ.get('PYTHONPATH')) if part)
    threads = str(request['threads'])
    environment = {**os.environ, 'PYTHONPATH': path, 'OMP_NUM_THREADS': threads, 'MKL_NUM_THREADS': threads}
    command = [sys.executable, str(_CHILD), json.dumps(request)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MLKDError(
            'A network could not be timed.',
            where=request['model'],
            found=(done.stderr.strip().splitlines() or [f'exit code {done.returncode}'])[-1][:300],
            fix='leave the timing out (--seconds 0)',
        )
    return json.loads(done.stdout.splitlines()[-1])
