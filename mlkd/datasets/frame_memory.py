"""Memory for frames that is used again and again.

Where pages are slow to come by (virtual machines), a batch of fresh ones costs as much as decoding it, and PyTorch's
way from a data-loading process to the training one takes fresh shared pages for every tensor. Here frames are written
where earlier ones have been; in a data-loading process, straight into the shared memory that the batch travels in.

What keeps a frame alive is the array that :func:`frame_array` gives, and the tensors over it. NumPy's views of that
array do not (they hold what is below it), so it is for :func:`~mlkd.datasets.transforms.pack.planes` alone, which makes
it a tensor and gives nothing else away.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import get_worker_info

#: Images of at most so many sizes have their memory kept.
_KEPT_SIZES = 4
#: Batches that wait in the queue of a data-loading process, that are in use, and that are being filled.
_KEPT_SLOTS = 8

_private: dict[int, list[np.ndarray]] = {}


class Slot:
    """Shared memory for the frames of a batch.

    The byte after the last frame says whether the other process still uses them; ``live`` counts those that this one
    still holds. Only where neither is so, others are written over them.
    """

    def __init__(self, size: int) -> None:
        self.memory = torch.zeros(size + 1, dtype=torch.uint8).share_memory_()
        self.array = self.memory.numpy()
        self.size, self.used, self.live = size, 0, 0

    @property
    def free(self) -> bool:
        """Whether nobody needs what is in it."""
        return self.live == 0 and self.array[-1] == 0

    def take(self, shape: tuple[int, ...]) -> np.ndarray | None:
        """The next part of it as an array of bytes; None where there is no room."""
        end = self.used + math.prod(shape)
        if end > self.size:
            return None
        array = self.array[self.used : end].reshape(shape)
        self.used, self.live = end, self.live + 1
        weakref.finalize(array, self._lose).atexit = False
        return array

    def holds(self, frames: Sequence[Tensor]) -> bool:
        """Whether it holds these frames, one after the other from its start, and nothing else."""
        position = self.memory.data_ptr()
        for frame in frames:
            if frame.data_ptr() != position or not frame.is_contiguous():
                return False
            position += frame.numel()
        return position == self.memory.data_ptr() + self.used

    def _lose(self) -> None:
        self.live -= 1


#: Of this process: the slots it has, and the one that the batch to come is written into.
_slots: list[Slot] = []
_filling: Slot | None = None
_batch_size = 0


def frame_array(shape: tuple[int, ...]) -> np.ndarray:
    """An array for a frame, uint8, uninitialised.

    Its memory is used again when the array, all views of it and all tensors over it are gone.
    """
    global _filling
    if get_worker_info() is not None and _batch_size:
        if _filling is None:
            _filling = _free_slot(_batch_size)
        array = _filling.take(shape)
        if array is not None:
            return array
    return _private_array(shape)


def batch_slot(frames: Sequence[Tensor]) -> Slot:
    """The slot that holds the frames of a batch, marked as used by the other process.

    It is the one they were written into, where they are all that is in it; else they are copied.
    """
    global _filling, _batch_size
    slot, _filling = _filling, None
    _batch_size = sum(frame.numel() for frame in frames)
    if slot is None or not slot.holds(frames):
        slot = _free_slot(_batch_size)
        for frame in frames:
            torch.from_numpy(slot.take(tuple(frame.shape))).copy_(frame)
    slot.array[-1] = 1
    return slot


def received(memory: Tensor, shapes: Sequence[tuple[int, ...]]) -> list[Tensor] | Tensor:
    """The frames in a slot's memory, in the process that it was sent to.

    The slot is free when all tensors over the frames are gone.

    Returns:
        B tensors uint8 (3, H, W), or one (B, 3, H, W) where all have one size.
    """
    array = memory.numpy()
    # This tensor and its views hold the array and nothing else does: when the last of them is gone, so is the array.
    flat = torch.from_numpy(array)
    weakref.finalize(array, _release, memory.detach()).atexit = False
    ends = np.cumsum([math.prod(shape) for shape in shapes])
    if len(set(shapes)) == 1:
        return flat[: int(ends[-1])].view(len(shapes), *shapes[0])
    return [flat[int(end) - math.prod(shape) : int(end)].view(shape) for end, shape in zip(ends, shapes, strict=True)]


def _free_slot(size: int) -> Slot:
    """An empty slot with room for ``size`` bytes."""
    global _slots
    _slots = [slot for slot in _slots if slot.size >= size or not slot.free]
    slot = next((slot for slot in _slots if slot.size >= size and slot.free and slot is not _filling), None)
    if slot is None:
        slot = Slot(size)
        if len(_slots) < _KEPT_SLOTS:
            _slots.append(slot)
    slot.used = 0
    return slot


def _release(memory: Tensor) -> None:
    memory[-1] = 0


def _private_array(shape: tuple[int, ...]) -> np.ndarray:
    size = math.prod(shape)
    if size not in _private and len(_private) >= _KEPT_SIZES:
        _private.clear()
    known = _private.setdefault(size, [])
    flat = known.pop() if known else np.empty(size, np.uint8)
    array = flat.reshape(shape)
    weakref.finalize(array, known.append, flat).atexit = False
    return array
