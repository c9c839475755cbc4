"""What an exported graph computes: a classifier, with as much of what comes before it as is asked for."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from mlkd.errors import ConfigError
from mlkd.published import PublishedStudent

from .photo_steps import photo_steps

#: What the graph does before the network: nothing; the view of a frame; the frame of a photo too.
Preprocessing = Literal['none', 'view', 'photo']
PREPROCESSING: tuple[str, ...] = get_args(Preprocessing)
#: Names of the graph's tensors.
INPUT, LOGITS, SCORES = 'image', 'logits', 'scores'
#: Sizes of photos, of which a pipeline that gives frames of one size makes the same.
_PROBES = ((61, 83), (96, 40))


class TracedNetwork(nn.Module):
    """Arrays of images in, logits and scores (B, K) out.

    =======  ================================================  =======================================
    input    array                                             what the graph does with it
    =======  ================================================  =======================================
    none     float32 (B, 3, h, w), the view                    the network
    view     uint8 (B, 3, H, W), frames: BGR, resized          colour order, size, normalisation, then
    photo    uint8 (B, height, width, 3), BGR, of any size     the pipeline's resizing, then as view
    =======  ================================================  =======================================

    Args:
        student: The network.
        preprocessing: How much the graph is to do.

    Raises:
        ConfigError: If the network needs more than an image, or cannot do with one size of frames, or its pipeline
            can be no part of a graph.
    """

    def __init__(self, student: PublishedStudent, preprocessing: Preprocessing) -> None:
        super().__init__()
        network = student.network
        if getattr(network, 'needs_proposals', False) or not hasattr(network, 'head'):
            raise ConfigError(
                'Only classifiers are exported.',
                where='--model',
                found=f'{type(network).__name__}, which needs proposals with each image',
                fix='export the student that it taught; the teacher stays in PyTorch (mlkd predict)',
            )
        self.network, self.preprocessing, self.pipeline = network, preprocessing, student.pipeline
        self.num_classes = len(student.classes)
        self.steps = photo_steps(student.description.pipeline) if preprocessing == 'photo' else None
        sizes = {tuple(self._frame(np.zeros((*size, 3), np.uint8)).shape[1:]) for size in _PROBES}
        #: (height, width) of frames, or None where they differ.
        self.frame_size: tuple[int, int] | None = next(iter(sizes)) if len(sizes) == 1 else None  # type: ignore[assignment]
        view = getattr(network.data_preprocessor, 'size', None)
        if self.frame_size is None and (preprocessing != 'none' or view is None):
            raise ConfigError(
                'The frames of photos differ in size, and a graph is made for one.',
                where='pipeline',
                found=f'{sorted(sizes)} of photos of sizes {list(_PROBES)}',
                fix='publish it with a size of its view, or with Warp or Canvas in its pipeline'
                if view is None
                else 'export with --preprocessing none',
            )
        # Exporting gives every part the mode that it finds here.
        self.eval()

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        if self.steps is not None:
            images = self.steps(images).permute(0, 3, 1, 2)
        if self.preprocessing != 'none':
            images = self.network.data_preprocessor({'inputs': images})['inputs']
        logits = self.network(images)
        return logits, self.network.head.predict(logits)

    @torch.no_grad()
    def array(self, photo: np.ndarray) -> np.ndarray:
        """What the graph takes of a photo, without the axis of the batch.

        Args:
            photo: uint8 (H, W, 3), BGR.

        Raises:
            DataError: If it is no such image.
        """
        if self.preprocessing == 'photo':
            return photo
        frame = self._frame(photo)
        if self.preprocessing == 'view':
            return frame.numpy()
        return self.network.data_preprocessor({'inputs': frame[None]})['inputs'][0].contiguous().numpy()

    def example(self) -> Tensor:
        """An input of two images, to trace the graph with."""
        height, width = self.frame_size or _PROBES[0]
        if self.preprocessing == 'none':
            return torch.from_numpy(self.array(np.zeros((height, width, 3), np.uint8)))[None].repeat(2, 1, 1, 1)
        if self.preprocessing == 'photo':
            # Of another size than all that is made of it: what changes nothing would be left out of a trace.
            return torch.zeros(2, *_unlike(self.frame_size), 3, dtype=torch.uint8)
        return torch.zeros(2, 3, height, width, dtype=torch.uint8)

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        """Names of the axes whose length is known only when the graph runs."""
        axes = {name: {0: 'batch'} for name in (INPUT, LOGITS, SCORES)}
        if self.preprocessing == 'photo':
            axes[INPUT].update({1: 'height', 2: 'width'})
        return axes

    def input_facts(self) -> dict[str, Any]:
        """What to say of the input in the file."""
        kinds = {
            'none': 'float32 (batch, 3, height, width): the view, resized, in colour order and normalised',
            'view': 'uint8 (batch, 3, height, width): frames, BGR, resized as the pipeline does',
            'photo': 'uint8 (batch, height, width, 3): photos, BGR, of any size',
        }
        return {'name': INPUT, 'array': kinds[self.preprocessing], 'frame_size': self.frame_size}

    def _frame(self, photo: np.ndarray) -> Tensor:
        return self.pipeline(photo)['inputs'].contiguous()


def _unlike(size: tuple[int, int] | None) -> tuple[int, int]:
    return next(probe for probe in _PROBES if size is None or size[0] != probe[0])
