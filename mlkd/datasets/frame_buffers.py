"""Shared memory of a data-loading process that frames are written into, sent in, and written into again.

PyTorch's way, new shared memory for every tensor, costs more than decoding where pages are slow to come by (virtual
machines), and copying a batch into memory that the processor has not at hand costs a quarter of it. So the transforms
that resize ask :func:`new_frame` for memory: it lies where the batch will be sent from.
"""

from __future__ import annotations

import ctypes
import functools
import math
import os
import weakref
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import get_worker_info

#: Buffers that a process keeps: batches that wait in the queue, one in use, one being filled.
_KEPT = 8


class _Buffer:
    """Shared memory for one batch; its last byte says whether the process it was sent to still uses it."""

    def __init__(self, size: int) -> None:
        self.memory = torch.empty(size + 1, dtype=torch.uint8).share_memory_()
        self.memory[-1] = 0
        self.bytes = memoryview(self.memory.numpy())
        self.size, self.used, self.held = size, 0, 0

    @property
    def free(self) -> bool:
        """Whether nobody holds what is in it, here or there."""
        return not self.held and not self.memory[-1]

    def take(self, shape: Sequence[int]) -> np.ndarray | None:
        """The next part of it, uint8; None where there is no room."""
        size = math.prod(shape)
        if self.used + size > self.size:
            return None
        # Every view of the array and every tensor over it holds this object; of an array, NumPy's views would not.
        piece = _bytes_type(size).from_buffer(self.bytes, self.used)
        self.used, self.held = self.used + size, self.held + 1
        weakref.finalize(piece, self._let_go).atexit = False
        return np.frombuffer(memoryview(piece), np.uint8).reshape(shape)

    def holds(self, frames: Sequence[Tensor]) -> bool:
        """Whether it holds the pixels of these frames, one after the other from its start, and nothing else."""
        position = self.memory.data_ptr()
        for frame in frames:
            if frame.data_ptr() != position or not frame.permute(1, 2, 0).is_contiguous():
                return False
            position += frame.numel()
        return position == self.memory.data_ptr() + self.used

    def _let_go(self) -> None:
        self.held -= 1


#: Of this process: its buffers, the one that the batch to come is written into, and the bytes of the last batch.
_buffers: list[_Buffer] = []
_filling: _Buffer | None = None
_batch_size = 0


def new_frame(height: int, width: int, channels: int) -> np.ndarray | None:
    """Memory for the pixels of an image.

    Args:
        height: H.
        width: W.
        channels: C.

    Returns:
        uint8 (H, W, C), uninitialised, where the batch that is being made will be sent from; None outside of
        data-loading processes, and where it is not known yet how large a batch is.
    """
    global _filling
    if get_worker_info() is None or not _batch_size:
        return None
    if _filling is None:
        _filling = _free_buffer(_batch_size)
    return _filling.take((height, width, channels))


def sent(frames: Sequence[Tensor]) -> Tensor:
    """Shared memory with the pixels of a batch, marked as used by the process that gets it.

    Args:
        frames: B tensors uint8 (C, H, W); they are copied, but for those that were written there by
            :func:`new_frame`.

    Returns:
        uint8, the frames one after the other as (H, W, C), and more.
    """
    global _filling, _batch_size
    buffer, _filling = _filling, None
    _batch_size = sum(frame.numel() for frame in frames)
    if buffer is None or not buffer.holds(frames):
        buffer = _free_buffer(_batch_size)
        position = 0
        for frame in frames:
            pixels = frame.permute(1, 2, 0)
            buffer.memory[position : position + frame.numel()].view(pixels.shape).copy_(pixels)
            position += frame.numel()
    buffer.memory[-1] = 1
    return buffer.memory


def received(memory: Tensor, shapes: Sequence[tuple[int, int, int]]) -> list[Tensor] | Tensor:
    """The frames of a batch in the process that it was sent to, which are not written over as long as one is held.

    Args:
        memory: What :func:`sent` gave.
        shapes: (C, H, W) of each frame.

    Returns:
        B tensors, or uint8 (B, C, H, W) where all have one size.
    """
    array = memory.numpy()
    # Views of this tensor hold the array and nothing else does: when the last of them is gone, so is the array.
    flat = torch.from_numpy(array)
    weakref.finalize(array, _release, memory.detach(), os.getpid()).atexit = False
    frames, position = [], 0
    for channels, height, width in shapes:
        size = channels * height * width
        frames.append(flat[position : position + size].view(height, width, channels).permute(2, 0, 1))
        position += size
    if len(set(shapes)) > 1:
        return frames
    return flat[:position].view(len(shapes), height, width, channels).permute(0, 3, 1, 2)


def _free_buffer(size: int) -> _Buffer:
    """An empty buffer with room for ``size`` bytes."""
    global _buffers
    _buffers = [buffer for buffer in _buffers if buffer.size >= size or not buffer.free]
    buffer = next((buffer for buffer in _buffers if buffer.size >= size and buffer.free), None)
    if buffer is None:
        buffer = _Buffer(size)
        if len(_buffers) < _KEPT:
            _buffers.append(buffer)
    buffer.used = 0
    return buffer


def _release(memory: Tensor, receiver: int) -> None:
    # A process forked meanwhile has a copy of the array; that this one goes says nothing about the receiver's.
    if os.getpid() == receiver:
        memory[-1] = 0


@functools.cache
def _bytes_type(size: int) -> type[ctypes.Array]:
    return ctypes.c_ubyte * size
