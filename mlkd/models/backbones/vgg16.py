"""The convolutions of VGG16."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from torch import nn

from mlkd.registry import MODELS

from .layered import LayeredBackbone

#: Output channels and number of 3x3 convolutions of each stage.
STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


@MODELS.register_module()
class VGG16(LayeredBackbone):
    """conv1_1 to conv5_3, each with ReLU, max pooling 2/2 between stages; no pool5, so the stride is 16.

    Stages are the submodules ``conv1`` to ``conv5``: the tap ``backbone.conv3`` is conv3_3 after ReLU, before pooling.
    Weight files may be torchvision's (``features.0.weight``) or Caffe-style (``conv1_1.weight``).

    Args:
        out_indices: Which stages' outputs to return, 0 for conv1 to 4 for conv5.
        frozen_stages: How many of the first stages do not train.
        init_cfg: MMEngine's; ``dict(type='WeightFile', checkpoint=...)`` for pretrained weights.
    """

    def __init__(
        self,
        out_indices: Sequence[int] = (4,),
        frozen_stages: int = 0,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(len(STAGES), out_indices, frozen_stages, init_cfg)
        in_channels = 3
        for stage, (channels, depth) in enumerate(STAGES[: self.depth], start=1):
            layers: OrderedDict[str, nn.Module] = OrderedDict()
            if stage > 1:
                layers['pool'] = nn.MaxPool2d(2)
            for i in range(1, depth + 1):
                layers[f'conv{stage}_{i}'] = nn.Conv2d(in_channels, channels, 3, padding=1)
                layers[f'relu{stage}_{i}'] = nn.ReLU(inplace=True)
                in_channels = channels
            self.add_module(f'conv{stage}', nn.Sequential(layers))
        own = set(self.state_dict())
        cut = (name for layout in _layouts() for mine, name in layout.items() if mine not in own)
        self.ignored_weights = ('classifier.', 'fc6.', 'fc7.', 'fc8.', *cut)
        self.freeze_first()

    @property
    def stages(self) -> list[nn.Module]:
        """conv1 to conv5."""
        return [self.get_submodule(f'conv{stage}') for stage in range(1, self.depth + 1)]

    def weight_layouts(self) -> list[dict[str, str]]:
        """Names in torchvision's files (``features.0.weight``) and in Caffe-style ones (``conv1_1.weight``)."""
        own = self.state_dict()
        return [{mine: name for mine, name in layout.items() if mine in own} for layout in _layouts()]


def _layouts() -> list[dict[str, str]]:
    index, torchvision, caffe = 0, {}, {}
    for stage, (_, depth) in enumerate(STAGES, start=1):
        for i in range(1, depth + 1):
            for kind in ('weight', 'bias'):
                mine = f'conv{stage}.conv{stage}_{i}.{kind}'
                torchvision[mine] = f'features.{index}.{kind}'
                caffe[mine] = f'conv{stage}_{i}.{kind}'
            index += 2  # the convolution and its ReLU
        index += 1  # the pooling layer
    return [torchvision, caffe]
