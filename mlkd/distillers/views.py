"""The batch before any network sees it, and as one network does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from mlkd.errors import ConfigError
from mlkd.models.preprocessors import ViewPreprocessor
from mlkd.structures import MultiLabelDataSample

from .logit_file import KEY


@dataclass(frozen=True)
class FrameBatch:
    """The batch before any network has its view of it.

    Attributes:
        inputs: Frames, uint8 (B, 3, H, W), or a list of (3, H, W) where sizes differ.
        samples: B samples, boxes in pixels of the frames.
    """

    inputs: Tensor | list[Tensor]
    samples: list[MultiLabelDataSample]

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def device(self) -> torch.device:
        """Where the frames are."""
        return self.inputs[0].device

    @cached_property
    def keys(self) -> list[bytes]:
        """Hash of each frame, 16 bytes, by which what is kept of it is found."""
        return [_hash(frame) for frame in self.inputs]


def _hash(frame: Tensor) -> bytes:
    """Of pixels and size of a frame uint8 (3, H, W)."""
    # In the order in which pixels lie as they come from the data set, for which nothing has to be copied.
    pixels = frame.permute(1, 2, 0).contiguous().cpu().numpy()
    digest = hashlib.sha256(pixels.data)
    digest.update(str(pixels.shape).encode())
    return digest.digest()[:KEY]


@dataclass(frozen=True)
class View:
    """The batch as one network sees it.

    Attributes:
        inputs: float32 (B, 3, h, w).
        samples: B samples, boxes in pixels of the view.
    """

    inputs: Tensor
    samples: list[MultiLabelDataSample]

    def of(self, images: Tensor) -> View:
        """The view of some images of the batch, (n,) positions."""
        return View(self.inputs[images], [self.samples[i] for i in images.tolist()])


def make_view(network: nn.Module, batch: FrameBatch, training: bool = False) -> View:
    """Derive a network's view with its own ``data_preprocessor``.

    Args:
        network: A network of mlkd's, or of MMDetection's.
        batch: The frames.
        training: Whether random parts of the view (multi-scale) are drawn.

    Raises:
        ConfigError: If the network has no ``data_preprocessor``.
    """
    preprocessor: Any = getattr(network, 'data_preprocessor', None)
    if preprocessor is None:
        raise ConfigError(
            f'{type(network).__name__} cannot be given a view: it has no data_preprocessor.',
            fix='derive the network from mmengine.model.BaseModel and configure its data_preprocessor',
        )
    samples = batch.samples
    if not isinstance(preprocessor, ViewPreprocessor):
        # MMDetection's writes into the samples that it is given.
        samples = [sample.new() for sample in samples]
    view = preprocessor({'inputs': batch.inputs, 'data_samples': samples}, training)
    return View(view['inputs'], view['data_samples'])
