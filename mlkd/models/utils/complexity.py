"""How large a network is and how much it computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from mmengine.structures import InstanceData
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mlkd.structures import MultiLabelDataSample


@dataclass(frozen=True)
class Complexity:
    """Counts of a network, for one image.

    Attributes:
        parameters: All, whether they train or not.
        multiply_adds: Of convolutions and products of matrices; what is done to single numbers (activations, pooling,
            softmax) is left out, as is usual. A multiplication and an addition count as one.
        size: (height, width) of the view.
        proposals: How many the image has, for a network that needs them, else None.
    """

    parameters: int
    multiply_adds: int
    size: tuple[int, int]
    proposals: int | None = None


@torch.no_grad()
def complexity(network: Any, size: tuple[int, int], proposals: int = 0) -> Complexity:
    """Count what a network computes for one image.

    PyTorch counts the operators that are called (``torch.utils.flop_counter``), of whatever module.

    Args:
        network: With MMEngine's ``forward(inputs, data_samples, mode)``, on the CPU.
        size: (height, width) of its view.
        proposals: Of a network that needs them: how many boxes, drawn evenly, the image has.
    """
    network = network.eval()
    needed = getattr(network, 'needs_proposals', False)
    samples = [_sample(size, proposals)] if needed else None
    counter = FlopCounterMode(display=False)
    with counter:
        network(torch.zeros(1, 3, *size), samples, mode='tensor')
    parameters = sum(x.numel() for x in nn.Module.parameters(network))
    return Complexity(parameters, counter.get_total_flops() // 2, size, proposals if needed else None)


def _sample(size: tuple[int, int], proposals: int) -> MultiLabelDataSample:
    generator = torch.Generator().manual_seed(0)
    height, width = size
    corners = torch.rand(proposals, 2, 2, generator=generator).sort(dim=1).values
    boxes = (corners * torch.tensor([width, height])).flatten(1)
    # Of some extent, as those of generators.
    boxes[:, 2:] = torch.minimum(boxes[:, 2:] + 16, torch.tensor([width, height]))
    sample = MultiLabelDataSample(metainfo={'img_shape': size, 'ori_shape': size, 'scale_factor': (1.0, 1.0)})
    sample.proposals = InstanceData(bboxes=boxes, scores=torch.ones(proposals))
    return sample
