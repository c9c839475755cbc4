"""Any image network of timm as a backbone."""

from __future__ import annotations

import math
import warnings
from typing import Any

from mmengine.model import BaseModule, initialize
from torch import Tensor

from mlkd.errors import CheckpointError, ConfigError, did_you_mean
from mlkd.models.utils.weight_files import missing_weights_allowed
from mlkd.registry import MODELS


@MODELS.register_module()
class TimmBackbone(BaseModule):
    """A network of timm without its classifier; gives the last feature map. Needs ``pip install mlkd[timm]``.

    Tokens of transformers are laid out as the map that they are of.

    Args:
        name: timm's, such as ``'tresnet_l.miil_in1k_448'`` or ``'resnext50_32x4d'``.
        pretrained: Whether timm fetches the weights that go by this name when training begins; it keeps them.
        options: Further arguments of ``timm.create_model`` (``drop_path_rate``, ``img_size``).
        init_cfg: MMEngine's; ``dict(type='WeightFile', checkpoint=..., ignore=['fc.'])`` for weights from a file with
            timm's names.

    Attributes:
        num_channels: Channels of the map.

    Raises:
        ConfigError: If timm is not installed or has no such network, or weights are to come from two places.
    """

    ignored_weights = ()

    def __init__(
        self,
        name: str,
        pretrained: bool = False,
        options: dict[str, Any] | None = None,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        try:
            import timm
        except ImportError as error:
            fix = 'pip install mlkd[timm], or take a backbone of MMDetection'
            raise ConfigError('timm is not installed.', where='backbone.type', found='TimmBackbone', fix=fix) from error
        if not timm.is_model(name):
            near = did_you_mean(name.partition('.')[0], timm.list_models())
            raise ConfigError('timm has no such network.', where='backbone.name', found=name, fix=near or None)
        if pretrained and init_cfg:
            raise ConfigError(
                'Weights are to come from timm and from elsewhere.', where='backbone.pretrained', fix='leave one out'
            )
        self.name, self.pretrained = name, pretrained
        # Without a classifier, and without pooling before it. It initialises itself.
        self.model = timm.create_model(name, pretrained=False, num_classes=0, global_pool='', **(options or {}))
        self.num_channels: int = self.model.num_features

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """A view (B, 3, H, W) to its last map, (B, C, h, w)."""
        features = self.model.forward_features(x)
        if features.ndim == 4 and features.shape[1] == self.num_channels:
            return (features,)
        if features.ndim == 4 and features.shape[3] == self.num_channels:
            return (features.permute(0, 3, 1, 2),)
        if features.ndim == 3:
            places = features[:, getattr(self.model, 'num_prefix_tokens', 0) :]
            stride = math.isqrt(x.shape[2] * x.shape[3] // max(places.shape[1], 1))
            height, width = x.shape[2] // stride, x.shape[3] // stride
            if height * width == places.shape[1]:
                return (places.transpose(1, 2).unflatten(2, (height, width)),)
        raise ConfigError(
            'The network of timm gives no map.',
            where='backbone.name',
            found=f'{self.name}: {tuple(features.shape)} of a view {tuple(x.shape)}',
            expected=f'(B, {self.num_channels}, h, w)',
        )

    def init_weights(self) -> None:
        """Load what is to be loaded; MMEngine would let parts of timm's networks begin anew after that.

        Raises:
            CheckpointError: If timm cannot fetch the weights (a warning in a dry run, which fetches nothing).
        """
        if self.init_cfg:
            initialize(self, self.init_cfg)
        elif self.pretrained and missing_weights_allowed():
            warnings.warn(f'{self.name}: a dry run downloads nothing; going on from random weights.', stacklevel=2)
        elif self.pretrained:
            self._fetch()
        self._is_init = True

    def weight_layouts(self) -> list[dict[str, str]]:
        """Names in files are timm's."""
        return [{f'model.{name}': name for name in self.model.state_dict()}]

    def _fetch(self) -> None:
        from timm.models import load_pretrained

        try:
            load_pretrained(self.model, pretrained_cfg=self.model.pretrained_cfg, num_classes=0)
        except Exception as error:  # Of timm, of the hub's client, of the web.
            raise CheckpointError(
                'timm cannot fetch the weights.',
                where=self.name,
                found=f'{type(error).__name__}: {str(error)[:300]}',
                fix='get them where there is a network, or name a file: pretrained=False, '
                "init_cfg=dict(type='WeightFile', checkpoint=...); with neither, training begins with random weights",
            ) from error
