"""Dividing the images of a data set among machines."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlkd.errors import ConfigError, ProposalError
from mlkd.proposals import layout

_SUFFIX = '.mlkd'


@dataclass(frozen=True)
class Shard:
    """One of several equal parts of a data set.

    Attributes:
        index: Which, 1 to ``of``.
        of: How many parts there are.
    """

    index: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.of:
            raise ConfigError('There is no such shard.', found=str(self), expected='I/N with 1 <= I <= N')

    @classmethod
    def parse(cls, text: str) -> Shard:
        """The shard that ``'2/8'`` means.

        Raises:
            ConfigError: If it means none.
        """
        match = re.fullmatch(r'(\d+)/(\d+)', text.strip())
        if match is None:
            raise ConfigError('A shard is not understood.', found=text, expected='I/N with 1 <= I <= N, as 2/8')
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f'{self.index}/{self.of}'

    def positions(self, keys: Sequence[str]) -> list[int]:
        """Positions in ``keys`` of this shard's images: of the sorted keys every ``of``-th, however they are listed.

        Raises:
            ProposalError: If there are fewer images than shards.
        """
        if len(keys) < self.of:
            raise ProposalError(
                'There are fewer images than shards.', found=f'{len(keys)} images', expected=f'at least {self.of}'
            )
        order = sorted(range(len(keys)), key=lambda position: layout.encode_key(keys[position]))
        return order[self.index - 1 :: self.of]

    def header(self, keys: Sequence[str]) -> dict[str, Any]:
        """What the header of this shard's store says of the whole, so that shards are put together only if they fit.

        Args:
            keys: Of all images.
        """
        lines = b''.join(layout.encode_key(key) + b'\n' for key in sorted(keys, key=layout.encode_key))
        return {
            'index': self.index,
            'of': self.of,
            'images': len(keys),
            'keys_sha256': hashlib.sha256(lines).hexdigest(),
        }

    def path(self, whole: str | Path) -> Path:
        """Where this shard's store stands: ``NAME.shard2of8.mlkd`` beside ``NAME.mlkd``; that itself, if so named."""
        whole = Path(whole)
        name = whole.name.removesuffix(_SUFFIX)
        part = f'.shard{self.index}of{self.of}'
        return whole if name.endswith(part) else whole.with_name(f'{name}{part}{_SUFFIX}')
