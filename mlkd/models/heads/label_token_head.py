"""ResNet101+TF: label tokens among image tokens in a transformer encoder (Xu et al., IJCAI 2022)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mlkd.datasets.class_names import label_names as names_of
from mlkd.errors import ConfigError
from mlkd.models.utils.label_vectors import read_label_vectors
from mlkd.registry import MODELS

from .label_head import Config, LabelHead


class TokenAttention(nn.Module):
    """Self-attention whose heads are as wide as the tokens; no bias in query, key and value.

    Args:
        dims: Width of the tokens.
        num_heads: Number of heads.
        head_dims: Width of a head.
        dropout: Rate, of the output.
    """

    def __init__(self, dims: int, num_heads: int, head_dims: int, dropout: float) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(dims, 3 * num_heads * head_dims, bias=False)
        self.out = nn.Linear(num_heads * head_dims, dims)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (B, T, D) to (B, T, D)."""
        query, key, value = self.qkv(x).unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        # Scaled by 1 / sqrt(head_dims).
        mixed = F.scaled_dot_product_attention(query, key, value)
        return self.dropout(self.out(mixed.transpose(1, 2).flatten(2)))


class TokenEncoderLayer(nn.Module):
    """Pre-norm: x + attention(norm(x)), then x + MLP(norm(x)).

    Args:
        dims: Width of the tokens.
        num_heads: Number of heads.
        head_dims: Width of a head.
        mlp_dims: Width of the MLP (GELU).
        dropout: Rate.
    """

    def __init__(self, dims: int, num_heads: int, head_dims: int, mlp_dims: int, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(dims)
        self.attention = TokenAttention(dims, num_heads, head_dims, dropout)
        self.mlp_norm = nn.LayerNorm(dims)
        self.mlp = nn.Sequential(
            nn.Linear(dims, mlp_dims), nn.GELU(), nn.Dropout(dropout), nn.Linear(mlp_dims, dims), nn.Dropout(dropout)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Tokens (B, T, D) to (B, T, D)."""
        x = x + self.attention(self.attention_norm(x))
        return x + self.mlp(self.mlp_norm(x))


@MODELS.register_module()
class LabelTokenHead(LabelHead):
    """The head of ResNet101+TF: one token per place of the map and one per label, mixed by a transformer encoder.

    The tokens of the labels then go through one linear layer that they share. No positions, no norm at the end. With
    the default widths and 2,048 channels it has 59,052,033 parameters, however many labels there are (and 300 more for
    each where their vectors are learnt). The neck is to be :class:`~mlkd.models.necks.LastMap`.

    The vectors of the labels are part of the network's checkpoint: their file is read when weights are initialised, and
    not when trained ones are loaded.

    Args:
        num_classes: K.
        in_channels: C of the map.
        dims: Width of the tokens.
        depth: Number of encoder layers.
        num_heads: Heads of each.
        head_dims: Width of a head.
        mlp_dims: Width of the MLP in a layer.
        dropout: Rate.
        label_vectors: File of word vectors, see :func:`~mlkd.models.utils.label_vectors.read_label_vectors`; None:
            vectors are drawn from a normal distribution and learnt.
        label_names: Names of the K labels in the order of the outputs, or a data set whose labels they are (``'coco'``,
            ``'voc'``, ``'nuswide'``); needed with a file, whose rows are found by name.
        vector_dims: Width of a label's vector.
        loss_cls: Config of the loss.
        init_cfg: MMEngine's; by default layers start as PyTorch has them, as those of the reference implementation.

    Raises:
        ConfigError: If there is a file but no names, or not as many as labels.
    """

    training_arguments = (*LabelHead.training_arguments, 'label_vectors', 'label_names')

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        dims: int = 1024,
        depth: int = 3,
        num_heads: int = 4,
        head_dims: int = 1024,
        mlp_dims: int = 1024,
        dropout: float = 0.1,
        label_vectors: str | None = None,
        label_names: str | Sequence[str] | None = None,
        vector_dims: int = 300,
        loss_cls: Config | None = None,
        init_cfg: Config | list[Config] | None = None,
    ) -> None:
        super().__init__(num_classes, loss_cls, init_cfg)
        if label_vectors is not None and label_names is None:
            raise ConfigError(
                'The vectors of the labels are found by name, and no names are given.',
                where='label_names',
                fix="name the labels in the order of the outputs, or the data set: label_names='coco'",
            )
        self.vector_file = label_vectors
        self.label_names = None if label_names is None else names_of(label_names)
        if self.label_names is not None and len(self.label_names) != num_classes:
            raise ConfigError(
                'There are not as many label names as classes.',
                where='label_names',
                found=f'{len(self.label_names)} names',
                expected=f'num_classes={num_classes}',
                fix='name the labels of this network alone, in the order of its outputs',
            )
        # As long as those of GloVe are on the whole, whose norm is near 6 at 300 numbers.
        vectors = torch.randn(num_classes, vector_dims) * 6 / vector_dims**0.5
        if label_vectors is None:
            self.label_vectors: Tensor = nn.Parameter(vectors)
        else:
            self.register_buffer('label_vectors', vectors)
        self.project = nn.Linear(in_channels, dims)
        self.embed = nn.Linear(vector_dims, dims)
        self.layers = nn.Sequential(
            *(TokenEncoderLayer(dims, num_heads, head_dims, mlp_dims, dropout) for _ in range(depth))
        )
        self.fc = nn.Linear(dims, 1)

    def init_weights(self) -> None:
        """Initialise; fetch the vectors of the labels.

        Raises:
            DataError: If the file is not there or broken, or has not the labels.
            ConfigError: If its vectors have another width.
        """
        super().init_weights()
        if self.vector_file is None or self.label_names is None:
            return
        vectors = torch.from_numpy(read_label_vectors(self.vector_file, self.label_names))
        if vectors.shape != self.label_vectors.shape:
            raise ConfigError(
                'The vectors of the labels have another width.',
                where='vector_dims',
                found=vectors.shape[1],
                expected=self.label_vectors.shape[1],
                fix=f'set vector_dims={vectors.shape[1]}',
            )
        self.label_vectors.copy_(vectors)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, h, w) to logits (B, K)."""
        places = self.project(x.flatten(2).transpose(1, 2))
        labels = F.relu(self.embed(self.label_vectors)).expand(x.shape[0], -1, -1)
        # Under autocast the one may be in half precision and the other not.
        tokens = self.layers(torch.cat([places, labels.to(places.dtype)], dim=1))
        return self.fc(tokens[:, -self.num_classes :]).squeeze(-1)
