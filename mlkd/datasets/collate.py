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

from mlkd.datasets.frame_memory import batch_slot, received
from mlkd.registry import FUNCTIONS


@FUNCTIONS.register_module()
def frame_collate(batch: Sequence[dict[str, Any]]) -> Any:
    """Make a batch of packed samples; as ``collate_fn=dict(type='mlkd.frame_collate')`` of a data loader.

    From a data-loading process the frames come in one piece of shared memory that is used again when the batch is done
    with (:mod:`mlkd.datasets.frame_memory`), and all else is sent by value.

    Args:
        batch: B dicts of ``inputs``, uint8 (3, H, W), and ``data_samples``.

    Returns:
        ``inputs``: B tensors, or uint8 (B, 3, H, W) where they come from another process and all have one size;
        ``data_samples``: B samples.
    """
    return pseudo_collate(batch) if get_worker_info() is None else _Parcel(batch)


class _Parcel:
    """A batch that becomes what :func:`frame_collate` returns when it arrives."""

    def __init__(self, batch: Sequence[dict[str, Any]]) -> None:
        frames = [one['inputs'] for one in batch]
        self.shapes = [tuple(frame.shape) for frame in frames]
        self.slot = batch_slot(frames)
        self.samples = _by_value([one['data_samples'] for one in batch])

    def __reduce__(self) -> tuple:
        return _unpacked, (self.slot.memory, self.shapes, self.samples)


def _unpacked(memory: Tensor, shapes: list[tuple[int, ...]], samples: bytes) -> dict[str, Any]:
    return {'inputs': received(memory, shapes), 'data_samples': pickle.loads(samples)}


class _ByValue(pickle.Pickler):
    """Tensors as arrays: PyTorch would put each into shared memory of its own."""

    def reducer_override(self, obj: Any) -> Any:
        if type(obj) is Tensor and obj.device.type == 'cpu':
            return torch.from_numpy, (obj.detach().numpy(),)
        return NotImplemented


def _by_value(samples: list[Any]) -> bytes:
    stream = io.BytesIO()
    _ByValue(stream, pickle.HIGHEST_PROTOCOL).dump(samples)
    return stream.getvalue()
