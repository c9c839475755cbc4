"""The batch as one network sees it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from mmengine.model import BaseDataPreprocessor
from torch import Tensor

from mlkd.arguments import check_choice, check_number
from mlkd.errors import ConfigError
from mlkd.registry import MODELS

from .frame_preprocessor import stack_frames
from .view_boxes import BoxRounding, move_sample

_WHERE = 'data_preprocessor'
Resample = Literal['corner_aligned', 'half_pixel', 'half_pixel_antialias']
_RESAMPLE: dict[str, dict[str, Any]] = {
    'corner_aligned': {'align_corners': True},
    'half_pixel': {'align_corners': False},
    'half_pixel_antialias': {'align_corners': False, 'antialias': True},
}


@MODELS.register_module()
class ViewPreprocessor(BaseDataPreprocessor):
    """Derives a network's view from 8-bit frames, on the device: size, colour order, normalisation, boxes.

    Frames that end up in different sizes are padded on the right and at the bottom, with zeros after normalisation.

    Args:
        size: Height and width of the view in pixels, or the side of a square; None keeps each frame's size.
        mean: Subtracted, in the colour order of the network, for values 0..255.
        std: Divided by, likewise.
        bgr_to_rgb: Whether the network takes RGB (frames are BGR).
        resample: Bilinear on the corner-aligned grid (source position i (old - 1) / (new - 1), as Caffe's ``interp``
            layer), with half-pixel centres (as OpenCV), or the latter with anti-aliasing.
        box_rounding: What :func:`~.view_boxes.rescale_boxes` does to proposals.
        batch_scales: Factors of which training draws one per batch; sides are truncated, int(side * factor).
        pad_size_divisor: Pad height and width to multiples of this.
        channels_last: Lay the view out channels last, which is faster on CPUs.
        non_blocking: Do not wait for the upload (of use with pinned memory).
    """

    #: Arguments of the constructor that a trained network does not need.
    training_arguments = ('batch_scales', 'non_blocking')

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        size: int | tuple[int, int] | None = None,
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (1.0, 1.0, 1.0),
        bgr_to_rgb: bool = False,
        resample: Resample = 'half_pixel',
        box_rounding: BoxRounding = 'none',
        batch_scales: Sequence[float] = (1.0,),
        pad_size_divisor: int = 1,
        channels_last: bool = False,
        non_blocking: bool = True,
    ) -> None:
        super().__init__(non_blocking=non_blocking)
        check_choice(f'{_WHERE}.resample', resample, _RESAMPLE)
        check_choice(f'{_WHERE}.box_rounding', box_rounding, ('none', 'floor'))
        check_number(f'{_WHERE}.pad_size_divisor', pad_size_divisor, 1, whole=True)
        _check_numbers('mean', mean, 3)
        _check_numbers('std', std, 3, above=0)
        _check_numbers('batch_scales', batch_scales, above=0)
        sides = (size, size) if isinstance(size, int) else size
        if sides is not None:
            _check_numbers('size', sides, 2, above=0, whole=True)
        self.size = None if sides is None else tuple(sides)
        self.register_buffer('mean', torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer('std', torch.tensor(std).view(-1, 1, 1), persistent=False)
        self.bgr_to_rgb = bgr_to_rgb
        self.resample = resample
        self.box_rounding = box_rounding
        self.batch_scales = tuple(batch_scales)
        self.pad_size_divisor = pad_size_divisor
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Make the view of a batch.

        Args:
            data: ``inputs``: uint8 (B, 3, H, W) or B tensors uint8 (3, H, W), 0..255, BGR; ``data_samples``: B samples
                with ``img_shape``, or None.
            training: Whether to draw from ``batch_scales``.

        Returns:
            ``inputs``: float32 (B, 3, h, w); ``data_samples``: new samples with boxes, ``img_shape``, ``scale_factor``
            of the view; those given stay as they were.
        """
        frames = self.cast_data({'inputs': stack_frames(data['inputs'])})['inputs']  # type: ignore[index, call-overload]
        factor = self._draw_factor() if training else 1.0
        if isinstance(frames, Tensor):
            images: Tensor | list[Tensor] = self._view(frames, factor)
            sizes = [self._target(frames.shape[-2:], factor)] * len(frames)
        else:
            images = [self._view(frame[None], factor)[0] for frame in frames]
            sizes = [self._target(frame.shape[-2:], factor) for frame in frames]
        inputs = self._pad(images)
        samples = data.get('data_samples')
        if samples is not None:
            # A copy of each, even where it is on the device already.
            samples = [sample.to(self.device, non_blocking=self._non_blocking) for sample in samples]
            for sample, size in zip(samples, sizes, strict=True):
                move_sample(sample, size, (inputs.shape[2], inputs.shape[3]), self.box_rounding, factor != 1)
        return {'inputs': inputs.contiguous(memory_format=self.memory_format), 'data_samples': samples}

    def _draw_factor(self) -> float:
        # On the CPU, so that the draw is the same on every device.
        return self.batch_scales[int(torch.randint(len(self.batch_scales), ()))]

    def _target(self, size: Sequence[int], factor: float) -> tuple[int, int]:
        height, width = self.size or size
        return int(height * factor), int(width * factor)

    def _view(self, frames: Tensor, factor: float) -> Tensor:
        """Resize, reorder and normalise frames (B, 3, H, W) of one size."""
        target = self._target(frames.shape[-2:], factor)
        # In planes, which all that follows is fast on; as bytes they change places at little cost.
        frames = frames.contiguous()
        if self.bgr_to_rgb:
            frames = frames.flip(1)
        # A copy, which all that follows may write into: fresh memory costs more than arithmetic.
        images = frames.to(torch.float32, copy=True)
        if tuple(images.shape[-2:]) != target:
            # Before normalisation, where there are fewer pixels to normalise; bilinear weights sum to 1.
            images = F.interpolate(images, size=target, mode='bilinear', **_RESAMPLE[self.resample])
        return images.sub_(self.mean).div_(self.std)

    def _pad(self, images: Tensor | list[Tensor]) -> Tensor:
        """One tensor of images that are (B, 3, h, w) or of different sizes (3, h, w)."""
        height, width = (
            math.ceil(max(image.shape[axis] for image in images) / self.pad_size_divisor) * self.pad_size_divisor
            for axis in (1, 2)
        )
        if isinstance(images, Tensor):
            if images.shape[-2:] == (height, width):
                return images
            return F.pad(images, (0, width - images.shape[3], 0, height - images.shape[2]))
        return torch.stack([F.pad(x, (0, width - x.shape[2], 0, height - x.shape[1])) for x in images])


def _check_numbers(
    key: str, values: Sequence[float], count: int | None = None, above: float = -math.inf, whole: bool = False
) -> None:
    """Raise a ConfigError unless there are ``count`` numbers, or at least one."""
    listed = isinstance(values, Sequence) and not isinstance(values, str)
    if not listed or len(values) != (count or max(1, len(values))):
        expected = f'{count or "one or more"} numbers'
        raise ConfigError(
            'These are not so many numbers.', where=f'{_WHERE}.{key}', found=repr(values), expected=expected
        )
    for value in values:
        check_number(f'{_WHERE}.{key}', value, above, above=True, whole=whole)
