"""A network that labels photos, wherever it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.device import get_device
from mmengine.model import BaseModel
from torch import Tensor

from mlkd.errors import ConfigError
from mlkd.structures import MultiLabelDataSample

from .photo_pipeline import PhotoPipeline

#: Labels score above it where nothing was chosen for them.
THRESHOLD = 0.5


@dataclass(frozen=True)
class PhotoNetwork:
    """A network with what it needs to label photos.

    Attributes:
        network: In eval mode; a classifier, a detector, or what fuses the views of one.
        classes: Names of the K labels.
        pipeline: Makes packed samples of images.
        thresholds: For each label, what its score must be above.
    """

    network: BaseModel
    classes: tuple[str, ...]
    pipeline: PhotoPipeline
    thresholds: tuple[float, ...]

    def predict(self, frames: Sequence[np.ndarray]) -> list[MultiLabelDataSample]:
        """What the network says of images.

        Args:
            frames: uint8 (H, W, 3), BGR, of any sizes.

        Returns:
            A sample for each, on the CPU: ``pred_score`` (K,) in 0..1, and of a detector ``pred_instances`` in pixels
            of the image.

        Raises:
            DataError: If something is no such image.
            ProposalError: If the network needs proposals and an image has none.
        """
        return self.predict_packed([self.pipeline(frame) for frame in frames])

    @torch.no_grad()
    def predict_packed(self, packed: Sequence[Mapping[str, Any]]) -> list[MultiLabelDataSample]:
        """What the network says of packed samples, all of one size at a time.

        Those of other sizes would be padded to the largest, and would not be scored as they are alone.
        """
        groups: dict[object, list[int]] = {}
        for index, sample in enumerate(packed):
            groups.setdefault(_shapes(sample['inputs']), []).append(index)
        found: dict[int, MultiLabelDataSample] = {}
        for members in groups.values():
            made = self.network.test_step(pseudo_collate([packed[index] for index in members]))
            found.update(zip(members, (sample.cpu() for sample in made), strict=True))
        return [found[index] for index in range(len(packed))]


def to_device(network: BaseModel, device: str | None = None) -> BaseModel:
    """Put a network where it shall work.

    Args:
        network: The network.
        device: PyTorch's name of it; None: the GPU where there is one.

    Raises:
        ConfigError: If there is no such device.
    """
    where = device or get_device()
    try:
        return network.to(where)
    except (RuntimeError, AssertionError) as error:
        found = f'{where}: {str(error).splitlines()[0][:200]}'
        raise ConfigError('The device cannot be used.', where='device', found=found, expected='cpu, cuda:0') from error


def _shapes(inputs: Tensor | Sequence[Tensor]) -> object:
    """Sizes of a frame, or of the frames of several views."""
    return tuple(inputs.shape) if isinstance(inputs, Tensor) else tuple(tuple(x.shape) for x in inputs)
