"""The frames of a batch, as they come from the data set, on the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mlkd.errors import DataError
from mlkd.registry import MODELS

Frames = Tensor | list[Tensor]


def stack_frames(frames: Tensor | Sequence[Tensor]) -> Frames:
    """Frames of one size as one tensor, so that they are uploaded at once.

    Args:
        frames: uint8 (B, 3, H, W), or B tensors uint8 (3, H, W).

    Returns:
        uint8 (B, 3, H, W) where all have one size, else the list.

    Raises:
        DataError: If they are of another shape or data type.
    """
    for frame in [frames] if isinstance(frames, Tensor) else frames:
        if frame.dtype != torch.uint8 or frame.ndim != 3 + isinstance(frames, Tensor) or frame.shape[-3] != 3:
            raise DataError(
                'A frame is not an 8-bit colour image.',
                found=f'{frame.dtype} of shape {tuple(frame.shape)}',
                expected='uint8 of shape (3, height, width)',
                fix='end the pipeline with PackMultiLabel',
            )
    if isinstance(frames, Tensor):
        return frames
    if len({frame.shape for frame in frames}) > 1:
        return list(frames)
    # As images lie in memory; torch.stack would change the layout of each.
    return torch.stack([frame.permute(1, 2, 0) for frame in frames]).permute(0, 3, 1, 2)


@MODELS.register_module()
class FramePreprocessor(BaseDataPreprocessor):
    """Stacks the frames and uploads them, in 8 bits, once for all networks.

    Args:
        non_blocking: Do not wait for the upload (of use with pinned memory).
    """

    def __init__(self, non_blocking: bool = True) -> None:
        super().__init__(non_blocking=non_blocking)

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Upload a batch.

        Args:
            data: ``inputs``: uint8 (B, 3, H, W) or B tensors uint8 (3, H, W); ``data_samples``: B samples or None.
            training: Makes no difference here.

        Returns:
            ``inputs``: uint8 (B, 3, H, W), or a list of tensors where the sizes differ; ``data_samples``: copies
            on the device.
        """
        batch = {'inputs': stack_frames(data['inputs']), 'data_samples': data.get('data_samples')}
        return self.cast_data(batch)  # type: ignore[return-value]
