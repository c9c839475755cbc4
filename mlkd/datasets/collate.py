"""Batches, and how they travel from the data-loading processes."""

from __future__ import annotations

import ctypes
import functools
import io
import os
import pickle
import weakref
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.dataset import pseudo_collate
from torch import Tensor
from torch.utils.data import get_worker_info

from mlkd.registry import FUNCTIONS

#: Buffers that a process keeps: batches that wait in the queue, one in use, one being filled.
_KEPT = 8
#: Parameters of glibc's ``mallopt``: blocks up to 32 MiB (the most it takes) come from the heap, which never shrinks.
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = (-3, 32 << 20), (-1, 2**31 - 1)


@FUNCTIONS.register_module()
def frame_collate(batch: Sequence[dict[str, Any]]) -> Any:
    """Make a batch of packed samples; as ``collate_fn=dict(type='mlkd.frame_collate')`` of a data loader.

    In a data-loading process the frames are written one after the other into one piece of shared memory, which is used
    again when the batch is done with, and all else is sent by value. PyTorch's way, new shared memory for every tensor,
    costs more than decoding where pages are slow to come by (virtual machines).

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
    _keep_freed_memory()
    return _Parcel([one['inputs'] for one in batch], [one['data_samples'] for one in batch])


@functools.cache
def _keep_freed_memory() -> None:
    """Let this data-loading process use the memory of earlier frames again; glibc would give it back and ask anew."""
    mallopt = getattr(ctypes.CDLL(None), 'mallopt', None) if os.name == 'posix' else None
    if mallopt is not None:
        mallopt(*_M_MMAP_THRESHOLD)
        mallopt(*_M_TRIM_THRESHOLD)


class _Parcel:
    """A batch that becomes what :func:`frame_collate` returns when it arrives."""

    def __init__(self, frames: list[Tensor], samples: list[Any]) -> None:
        self.shapes = [tuple(frame.shape) for frame in frames]
        self.buffer = _free_buffer(sum(frame.numel() for frame in frames))
        position = 0
        for frame in frames:
            pixels = frame.permute(1, 2, 0)
            self.buffer[position : position + frame.numel()].view(pixels.shape).copy_(pixels)
            position += frame.numel()
        self.samples = _by_value(samples)

    def __reduce__(self) -> tuple:
        return _unpacked, (self.buffer, self.shapes, self.samples)


#: Shared memory of this process; the last byte says whether the other side is still using it.
_buffers: list[Tensor] = []


def _free_buffer(size: int) -> Tensor:
    """Shared memory of at least ``size`` bytes and one, marked as used."""
    global _buffers
    _buffers = [buffer for buffer in _buffers if len(buffer) > size or buffer[-1]]
    buffer = next((buffer for buffer in _buffers if len(buffer) > size and not buffer[-1]), None)
    if buffer is None:
        buffer = torch.empty(size + 1, dtype=torch.uint8).share_memory_()
        if len(_buffers) < _KEPT:
            _buffers.append(buffer)
    buffer[-1] = 1
    return buffer


def _unpacked(buffer: Tensor, shapes: list[tuple[int, int, int]], samples: bytes) -> dict[str, Any]:
    array = buffer.numpy()
    # Views of this tensor hold the array and nothing else does: when the last of them is gone, so is the array.
    flat = torch.from_numpy(array)
    weakref.finalize(array, _release, buffer.detach(), os.getpid()).atexit = False
    frames, position = [], 0
    for shape in shapes:
        channels, height, width = shape
        size = channels * height * width
        frames.append(flat[position : position + size].view(height, width, channels).permute(2, 0, 1))
        position += size
    same = len(set(shapes)) == 1
    inputs = flat[:position].view(len(shapes), height, width, channels).permute(0, 3, 1, 2) if same else frames
    return {'inputs': inputs, 'data_samples': pickle.loads(samples)}


def _release(buffer: Tensor, receiver: int) -> None:
    # A process forked meanwhile has a copy of the array; that this one goes says nothing about the receiver's.
    if os.getpid() == receiver:
        buffer[-1] = 0


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
