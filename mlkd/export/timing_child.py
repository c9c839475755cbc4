"""Times one network in a process of its own; run as a file, so that only what the network needs is in memory.

ONNX Runtime is timed without PyTorch and without mlkd: what this imports beside the standard library and NumPy is up to
the request.
"""

from __future__ import annotations

import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def peak_rss_mib() -> float:
    """Peak of this process's resident memory."""
    status = Path('/proc/self/status')
    if status.exists():
        lines = status.read_text().splitlines()
        peak = next((int(line.split()[1]) / 1024 for line in lines if line.startswith('VmHWM:')), None)
        if peak is not None:
            return peak
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == 'darwin' else peak / 1024


def measured(run: Callable[[int], Any], batch: int, seconds: float) -> tuple[float, float]:
    """Median speed over calls that take some seconds in all, after one that does not count.

    Args:
        run: Runs a batch of so many images.
        batch: How many.
        seconds: How long to measure; three calls at least.

    Returns:
        Images per second by the clock, and milliseconds of processor time per image, which what else the machine does
        changes little.
    """
    run(batch)
    taken: list[float] = []
    worked: list[float] = []
    while sum(taken) < seconds or len(taken) < 3:
        start, begin = time.perf_counter(), time.process_time()
        run(batch)
        taken.append(time.perf_counter() - start)
        worked.append(time.process_time() - begin)
    return batch / statistics.median(taken), 1000 * statistics.median(worked) / batch


def _onnx(request: dict[str, Any]) -> Callable[[int], Any]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = request['threads']
    session = onnxruntime.InferenceSession(request['model'], options, providers=['CPUExecutionProvider'])
    images = np.load(request['images'], allow_pickle=False)
    return lambda batch: session.run(None, {request['input']: images[:batch]})


def _torch(request: dict[str, Any]) -> Callable[[int], Any]:
    import torch

    from mlkd.export.traced_network import TracedNetwork
    from mlkd.published import load_student

    torch.set_num_threads(request['threads'])
    network = TracedNetwork(load_student(request['model'], 'cpu'), request['preprocessing'])
    images = torch.from_numpy(np.load(request['images'], allow_pickle=False))

    def run(batch: int) -> Any:
        with torch.inference_mode():
            return network(images[:batch])

    return run


def _detector(request: dict[str, Any]) -> Callable[[int], Any]:
    """A network with proposals: from packed samples, or from photos, whose proposals are made each time."""
    import torch

    from mlkd.published import load_student

    torch.set_num_threads(request['threads'])
    network = load_student(request['model'], 'cpu')
    with np.load(request['images'], allow_pickle=False) as file:
        photos = [file[name] for name in file.files]
    if request['with_proposals']:
        return lambda batch: network.predict(photos[:batch])
    packed = [network.pipeline(photo) for photo in photos]

    def run(batch: int) -> Any:
        # Networks may write into the samples that they are given.
        fresh = [{**sample, 'data_samples': sample['data_samples'].clone()} for sample in packed[:batch]]
        return network.predict_packed(fresh)

    return run


if __name__ == '__main__':
    request = json.loads(sys.argv[1])
    for plugin in request['plugins'] if request['engine'] != 'onnx' else ():
        importlib.import_module(plugin)
    run = {'onnx': _onnx, 'torch': _torch, 'detector': _detector}[request['engine']](request)
    ready = peak_rss_mib()
    speed, work = {}, {}
    for batch in request['batches']:
        speed[batch], work[batch] = measured(run, batch, request['seconds'])
    memory = {'peak_rss_mib': peak_rss_mib(), 'ready_rss_mib': ready}
    print(json.dumps({'images_per_second': speed, 'cpu_ms_per_image': work, **memory}))
