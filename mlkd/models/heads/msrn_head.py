"""MSRN: labels and groups of labels look at an image in several depths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor

from mlkd.arguments import check_choice, check_number
from mlkd.errors import ConfigError
from mlkd.models.layers.label_encoder import LabelEncoder, LabelSemantics
from mlkd.models.layers.semantic_pooling import semantic_pool
from mlkd.models.losses.soft_margin import group_distance
from mlkd.registry import MODELS

from .label_graph_head import LabelGraphHead
from .label_head import Config
from .msrn_predictors import ElementwisePredictor, MLPPredictor


@MODELS.register_module()
class MSRNHead(LabelGraphHead[LabelSemantics]):
    """Label branch, semantic pooling and predictor of MSRN (Qu et al., arXiv 2106.11596).

    Its maps come from a :class:`~mlkd.models.necks.TapProjection`.

    Args:
        labels: Arguments of :class:`~mlkd.models.layers.label_table.LabelTable`.
        num_taps: L, the number of maps.
        in_channels: Width of the maps and of the semantics.
        fc_channels: Width behind the first layer of the label branch.
        hidden_channels: Width between its two graph attention layers.
        pool_ratio: r; there are int(r K) groups. None: no groups.
        predictor: ``'mlp'``, the active one in the released code, or ``'elementwise'``.
        mlp_channels: Hidden width of the first.
        group_weight: Weight of the distance of labels to their groups.
        label_chunk: For how many labels and groups the weights of the pooling exist at a time; None: for all, and they
            are kept for the gradient. See :func:`~mlkd.models.layers.semantic_pooling.semantic_pool`.
        loss_cls: Config of the loss; None: that of :class:`~mlkd.models.losses.SoftMargin`.
        init_cfg: MMEngine's.

    Raises:
        ConfigError: If an argument makes no sense.
    """

    def __init__(
        self,
        labels: Mapping[str, Any],
        num_taps: int = 3,
        in_channels: int = 512,
        fc_channels: int = 256,
        hidden_channels: int = 300,
        pool_ratio: float | None = 0.2,
        predictor: Literal['mlp', 'elementwise'] = 'mlp',
        mlp_channels: int = 2048,
        group_weight: float = 1e-4,
        label_chunk: int | None = 4,
        loss_cls: Config | None = None,
        init_cfg: Config | list[Config] | None = None,
    ) -> None:
        super().__init__(labels, loss_cls, init_cfg)
        if pool_ratio is not None:
            check_number('head.pool_ratio', pool_ratio)
        self.num_groups = 0 if pool_ratio is None else int(pool_ratio * self.num_classes)
        if pool_ratio is not None and not 1 <= self.num_groups <= self.num_classes:
            expected = f'1 / {self.num_classes} to 1, or None for no groups'
            raise ConfigError('A number makes no sense.', where='head.pool_ratio', found=pool_ratio, expected=expected)
        if label_chunk is not None:
            check_number('head.label_chunk', label_chunk, 1, whole=True)
        check_number('head.group_weight', group_weight, 0)
        check_choice('head.predictor', predictor, ('mlp', 'elementwise'))
        self.group_weight, self.label_chunk = group_weight, label_chunk
        self.encoder = LabelEncoder(self.labels.channels, fc_channels, hidden_channels, in_channels, self.num_groups)
        shape = (self.num_classes, self.num_groups, num_taps * in_channels)
        self.predictor: MLPPredictor | ElementwisePredictor = (
            MLPPredictor(*shape, mlp_channels) if predictor == 'mlp' else ElementwisePredictor(*shape)
        )

    def encode_labels(self) -> LabelSemantics:
        """Semantics of labels and groups."""
        return self.encoder(self.labels.vectors, self.labels.mask)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps (B, in_channels, h_s, w_s) to logits (B, K)."""
        semantics = self.label_branch()
        queries = semantics.labels if semantics.groups is None else torch.cat([semantics.labels, semantics.groups])
        seen = torch.cat([semantic_pool(level, queries, self.label_chunk) for level in maps], dim=2)
        return self.predictor(seen, semantics)

    def loss(self, logits: Tensor, label: Tensor) -> dict[str, Tensor]:
        """L_p and the distance of labels to their groups.

        Args:
            logits: (B, K).
            label: (B, K); 1 present, 0 absent, -1 ignored.

        Returns:
            ``loss_cls`` and, with groups, ``loss_group``: see :func:`~mlkd.models.losses.group_distance`.
        """
        losses = super().loss(logits, label)
        labels, groups, assignment = self.label_branch()
        if groups is not None and assignment is not None:
            losses['loss_group'] = self.group_weight * group_distance(labels, groups, assignment)
        return losses
