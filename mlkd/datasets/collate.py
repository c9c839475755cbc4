"""Batches, and how they travel from the data-loading processes."""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor
from torch.utils.data import get_worker_info

from mlkd.datasets.frame_buffers import received, sent
from mlkd.registry import FUNCTIONS


@FUNCTIONS.register_module()
def frame_collate(batch: Sequence[dict[str, Any]]) -> Any:
    """Make a batch of packed samples; as ``collate_fn=dict(type='mlkd.frame_collate')`` of a data loader.

    In a data-loading process the frames lie one after the other in one piece of shared memory, which is used again when
    the batch is done with (:mod:`mlkd.datasets.frame_buffers`), and all else is sent by value.

    Args:
        batch: B dicts of ``inputs``, uint8 (3, H, W), and ``data_samples``.

    Returns:
        ``inputs``: B tensors, or uint8 (B, 3, H, W) where they come from another process and all have one size;
        ``data_samples``: B samples. Where each sample comes in several views (:class:`TestTimeAug`), a list of either
        for each view.
    """
    # Views are few and their network is slow: they take PyTorch's way.
    if get_worker_info() is None or not isinstance(batch[0]['inputs'], Tensor):
        return pseudo_collate(batch)
    return _Parcel([one['inputs'] for one in batch], [one['data_samples'] for one in batch])


class _Parcel:
    """A batch that becomes what :func:`frame_collate` returns when it arrives."""

    def __init__(self, frames: list[Tensor], samples: list[Any]) -> None:
        self.shapes = [tuple(frame.shape) for frame in frames]
        self.memory = sent(frames)
        self.samples = _by_value(samples)

    def __reduce__(self) -> tuple:
        return _unpacked, (self.memory, self.shapes, self.samples)


def _unpacked(memory: Tensor, shapes: list[tuple[int, int, int]], samples: bytes) -> dict[str, Any]:
    return {'inputs': received(memory, shapes), 'data_samples': pickle.loads(samples)}


class _ByValue(pickle.Pickler):
    """Tensors as arrays: PyTorch would put each into a shared memory of its own, or a file format."""

    def reducer_override(self, obj: Any) -> Any:
        if type(obj) is Tensor and obj.device.type == 'cpu':
            return torch.from_numpy, (obj.detach().numpy(),)
        return NotImplemented


def _by_value(samples: list[Any]) -> bytes:
    stream = io.BytesIO()
    _ByValue(stream, pickle.HIGHEST_PROTOCOL).dump(samples)
    return stream.getvalue()
