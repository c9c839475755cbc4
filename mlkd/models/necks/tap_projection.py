"""Several maps of a backbone, brought to one width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from mlkd.errors import ConfigError
from mlkd.registry import MODELS

from .global_pool import GlobalPool


@MODELS.register_module()
class TapProjection(GlobalPool):
    """Each map, but the last, through a 1x1 convolution of its width (``buffer_convs``), a max pool, a 1x1 convolution.

    All convolutions have a bias; there is neither norm nor activation. In MSRN the buffers belong to the backbone: they
    are initialised and train as its convolutions do.

    Args:
        in_channels: Width of each map.
        out_channels: Width that all are brought to.
        pool_size: Kernel and stride of the max pool.
        init_cfg: MMEngine's. Without it buffers are drawn as a ResNet's convolutions, from a normal distribution of
            variance 2 / C, and their biases and the projections are as PyTorch initialises them.
    """

    pools_alone = False

    def __init__(
        self,
        in_channels: Sequence[int] = (512, 1024, 2048),
        out_channels: int = 512,
        pool_size: int = 2,
        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        buffers = [nn.Conv2d(width, width, 1) for width in in_channels[:-1]]
        for conv in buffers:
            nn.init.kaiming_normal_(conv.weight, mode='fan_out', nonlinearity='relu')
        self.buffer_convs = nn.ModuleList(buffers)
        self.pool_size = pool_size
        self.pool = nn.MaxPool2d(pool_size)
        self.projections = nn.ModuleList(nn.Conv2d(width, out_channels, 1) for width in in_channels)

    def forward(self, x: Tensor | Sequence[Tensor]) -> tuple[Tensor, ...]:  # type: ignore[override]
        """Project maps.

        Args:
            x: One (B, C_s, h_s, w_s) for each of ``in_channels``.

        Returns:
            One (B, out_channels, h_s / 2, w_s / 2) for each.

        Raises:
            ConfigError: If the backbone gives another number of maps.
        """
        maps = (x,) if isinstance(x, Tensor) else tuple(x)
        if len(maps) != len(self.projections):
            raise ConfigError(
                'The backbone gives another number of maps than are projected.',
                where='neck.in_channels',
                found=f'{len(maps)} maps',
                expected=f'{len(self.projections)}',
                fix='set out_indices of the backbone, and one width for each of them',
            )
        size = self.pool_size
        if any(min(level.shape[-2:]) < size for level in maps):
            raise ConfigError(
                'A map is too small to be pooled.',
                where='data_preprocessor.size',
                found=', '.join(f'{level.shape[-2]} x {level.shape[-1]}' for level in maps),
                expected=f'at least {size} x {size}',
                fix='use larger images',
            )
        maps = (*(buffer(level) for buffer, level in zip(self.buffer_convs, maps, strict=False)), maps[-1])
        return tuple(project(self.pool(level)) for project, level in zip(self.projections, maps, strict=True))
