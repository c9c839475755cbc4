"""The convolutions of VGG-F."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from torch import nn

from mlkd.registry import MODELS

from .layered import LayeredBackbone

#: Output channels, side, stride and padding of each convolution.
CONVOLUTIONS = ((64, 11, 4, 0), (256, 5, 1, 2), (256, 3, 1, 1), (256, 3, 1, 1), (256, 3, 1, 1))


@MODELS.register_module()
class VGGF(LayeredBackbone):
    """conv1 to conv5 of CNN-F, each with ReLU (Chatfield, Simonyan, Vedaldi and Zisserman, BMVC 2014, Table 1).

    Behind conv1 and conv2 come local response normalisation over 5 channels and max pooling 3/2; there is no pool5, so
    the stride is 16, and the first cell's receptive centre is pixel 18 (1-based). fc6 and fc7 are
    ``FC67(in_channels=256, roi_size=6)`` behind a RoI layer of 6 x 6. 2.2 million parameters, 57 million with those.

    A view has 43 pixels or more a side. The stages ``conv1`` to ``conv5`` are submodules; the tap ``backbone.conv3`` is
    conv3 after ReLU. Weight files may be MatConvNet's ``imagenet-vgg-f.mat`` (RGB) or a state dict of the Caffe model
    (``conv1.weight``; BGR).

    Args:
        frozen_stages: How many of the first stages do not train.
        init_cfg: MMEngine's; ``dict(type='WeightFile', checkpoint=...)`` for pretrained weights.
    """

    ignored_weights = ('fc6.', 'fc7.', 'fc8.')

    def __init__(self, frozen_stages: int = 0, init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None) -> None:
        super().__init__(len(CONVOLUTIONS), (len(CONVOLUTIONS) - 1,), frozen_stages, init_cfg)
        in_channels = 3
        for stage, (channels, side, stride, padding) in enumerate(CONVOLUTIONS, start=1):
            layers: OrderedDict[str, nn.Module] = OrderedDict()
            if stage in (2, 3):
                # PyTorch divides alpha by the number of channels: 1e-4 of each square, as Caffe's 0.0005 / 5.
                layers['norm'] = nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)
                layers['pool'] = nn.MaxPool2d(3, 2, ceil_mode=True)
            layers['conv'] = nn.Conv2d(in_channels, channels, side, stride, padding)
            layers['relu'] = nn.ReLU(inplace=True)
            self.add_module(f'conv{stage}', nn.Sequential(layers))
            in_channels = channels
        self.freeze_first()

    @property
    def stages(self) -> list[nn.Module]:
        """conv1 to conv5."""
        return [self.get_submodule(f'conv{stage}') for stage in range(1, len(CONVOLUTIONS) + 1)]

    def weight_layouts(self) -> list[dict[str, str]]:
        """Names in files: ``conv1.weight`` and so on."""
        return [{name: name.replace('.conv.', '.') for name in self.state_dict()}]
