"""Query2Label: each label asks the image with a query of its own (Liu et al., arXiv 2107.10834)."""

from __future__ import annotations

import math

import torch
from mmdet.models.layers import SinePositionalEncoding
from torch import Tensor, nn

from mlkd.errors import ConfigError
from mlkd.registry import MODELS

from .label_head import Config, LabelHead


class QueryLayer(nn.Module):
    """Post-norm: attention, add, norm, FFN (ReLU), add, norm. In the encoder what asks is what answers.

    Args:
        dims: Width of the tokens.
        num_heads: Heads of the attention.
        ffn_dims: Width of the FFN.
        dropout: Rate, also inside of the attention.
    """

    def __init__(self, dims: int, num_heads: int, ffn_dims: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(dims, num_heads, dropout=dropout, batch_first=True)
        self.attention_norm = nn.LayerNorm(dims)
        self.ffn = nn.Sequential(
            nn.Linear(dims, ffn_dims), nn.ReLU(), nn.Dropout(dropout), nn.Linear(ffn_dims, dims), nn.Dropout(dropout)
        )
        self.ffn_norm = nn.LayerNorm(dims)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """One layer.

        Args:
            x: What the attention is added to (B, T, D).
            query: Who asks (B, T, D).
            key: Whom (B, S, D).
            value: What is answered (B, S, D).

        Returns:
            (B, T, D).
        """
        answer, _ = self.attention(query, key, value, need_weights=False)
        x = self.attention_norm(x + self.dropout(answer))
        return self.ffn_norm(x + self.ffn(x))


class GroupWiseLinear(nn.Module):
    """A linear layer from one vector to one logit for each label.

    Names and shapes are those of the release, where weight decay reaches ``b`` too, having two dimensions.

    Args:
        num_classes: K.
        dims: Width of a label's vector.
    """

    def __init__(self, num_classes: int, dims: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(dims)
        self.W = nn.Parameter(torch.empty(1, num_classes, dims).uniform_(-bound, bound))
        self.b = nn.Parameter(torch.empty(1, num_classes).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        """(B, K, D) to logits (B, K)."""
        return (self.W * x).sum(-1) + self.b


@MODELS.register_module()
class LabelQueryHead(LabelHead):
    """The head of Q2L: 1x1 convolution, encoder, decoder without self-attention, one norm, group-wise linear layer.

    Positions are DETR's sine code; they are added to queries and keys of the encoder and to keys of the decoder. The
    decoder starts from zeros, to which the learnt queries are added wherever it asks. Works on maps of any size. The
    neck is to be :class:`~mlkd.models.necks.LastMap`.

    Args:
        num_classes: K.
        in_channels: C of the map.
        dims: Width of the tokens, a multiple of 4.
        num_heads: Heads of each attention.
        ffn_dims: Width of the FFN in a layer.
        num_encoder_layers: Layers among the places.
        num_decoder_layers: Layers in which the labels ask the places.
        dropout: Rate.
        loss_cls: Config of the loss.
        init_cfg: MMEngine's; by default matrices of the transformer start from Xavier's uniform distribution, the
            queries from a normal one, the last layer uniform in +-1 / sqrt(dims).

    Raises:
        ConfigError: If the widths do not go together.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        dims: int = 2048,
        num_heads: int = 4,
        ffn_dims: int = 8192,
        num_encoder_layers: int = 1,
        num_decoder_layers: int = 2,
        dropout: float = 0.1,
        loss_cls: Config | None = None,
        init_cfg: Config | list[Config] | None = None,
    ) -> None:
        super().__init__(num_classes, loss_cls, init_cfg)
        if dims % 4 or dims % num_heads:
            raise ConfigError(
                'The width of the tokens does not fit.',
                where='dims',
                found=dims,
                expected=f'a multiple of 4 (sine and cosine of two axes) and of num_heads={num_heads}',
            )
        layer = (dims, num_heads, ffn_dims, dropout)
        self.project = nn.Conv2d(in_channels, dims, 1)
        self.positions = SinePositionalEncoding(dims // 2, normalize=True)
        self.queries = nn.Embedding(num_classes, dims)
        self.encoder = nn.ModuleList(QueryLayer(*layer) for _ in range(num_encoder_layers))
        self.decoder = nn.ModuleList(QueryLayer(*layer) for _ in range(num_decoder_layers))
        self.norm = nn.LayerNorm(dims)
        self.fc = GroupWiseLinear(num_classes, dims)
        for matrix in (*self.encoder.parameters(), *self.decoder.parameters()):
            if matrix.ndim > 1:
                nn.init.xavier_uniform_(matrix)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to logits (B, K)."""
        position = self.positions(None, x[:1]).flatten(2).transpose(1, 2)
        memory = self.project(x).flatten(2).transpose(1, 2)
        for layer in self.encoder:
            placed = memory + position
            memory = layer(memory, placed, placed, memory)
        query = self.queries.weight.expand(x.shape[0], -1, -1)
        answer, placed = torch.zeros_like(query), memory + position
        for layer in self.decoder:
            answer = layer(answer, answer + query, placed, memory)
        return self.fc(self.norm(answer))
