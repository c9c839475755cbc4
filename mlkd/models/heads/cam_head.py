"""Heads whose logits come from class activation maps."""

from __future__ import annotations

from torch import Tensor, nn

from mlkd.errors import ConfigError
from mlkd.models.layers.class_instances import ClassInstances, Form
from mlkd.models.layers.class_maps import normalised_maps
from mlkd.registry import MODELS

from .label_head import Config, LabelHead

#: Path of the layer of a classifier that gives the raw class maps.
CAM_LAYER = 'head.cam'


@MODELS.register_module()
class CAMHead(LabelHead):
    """Class maps A, a 1x1 convolution of the feature map, and logits from them.

    Without class-specific instances the logits are the means of the maps (Puzzle-CAM); with them those of
    :class:`~mlkd.models.layers.class_instances.ClassInstances`, masked by the normalised maps, gradients included
    (OASS). The maps come from the neck :class:`~mlkd.models.necks.LastMap`.

    Args:
        num_classes: K.
        in_channels: C of the feature map.
        csi: Form of the class-specific instances; None: there are none.
        loss_cls: Config of the loss; None: that of :class:`~mlkd.models.losses.SoftMargin`.
        init_cfg: MMEngine's; by default the maps' weights are Kaiming-normal by fan-in, the rest PyTorch's own.

    Raises:
        ConfigError: If there is no such form.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        csi: Form | None = None,
        loss_cls: Config | None = None,
        init_cfg: Config | list[Config] | None = None,
    ) -> None:
        kaiming = {'type': 'Kaiming', 'mode': 'fan_in', 'name': 'cam'}
        super().__init__(
            num_classes, loss_cls or {'type': 'SoftMargin'}, init_cfg or {'type': 'Kaiming', 'override': kaiming}
        )
        self.cam = nn.Conv2d(in_channels, num_classes, 1, bias=False)
        self.csi = ClassInstances(num_classes, in_channels, csi) if csi is not None else None

    def class_maps(self, x: Tensor) -> Tensor:
        """Feature map (B, C, h, w) to raw class maps A (B, K, h, w), of any sign.

        Raises:
            ConfigError: If it is given no map.
        """
        if x.ndim != 4:
            raise ConfigError(
                'A head of class maps needs a feature map.',
                where='neck',
                found=f'a tensor of shape {tuple(x.shape)}',
                expected='(B, C, h, w)',
                fix="set neck=dict(type='LastMap')",
            )
        return self.cam(x)

    def map_logits(self, x: Tensor, maps: Tensor) -> Tensor:
        """Logits (B, K) from the feature map (B, C, h, w) and its raw class maps (B, K, h, w)."""
        if self.csi is None:
            return maps.mean((2, 3))
        return self.csi(x, normalised_maps(maps))

    def forward(self, x: Tensor) -> Tensor:
        """Feature map (B, C, h, w) to logits (B, K)."""
        return self.map_logits(x, self.class_maps(x))
