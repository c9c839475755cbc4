"""Proposals of single images that are in no data set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlkd.errors import ConfigError, MLKDError, ProposalError
from mlkd.proposals import ProposalStore, build_generator
from mlkd.proposals.checks import check_boxes
from mlkd.proposals.generators.prepared import PreparedGenerator
from mlkd.structures import ProposalSet


class Proposer:
    """Proposals of single images: from a store where it has them, else from a generator.

    Args:
        generator: Config of one, ``dict(type='SelectiveSearch')``.
        store: Path of a store.

    Raises:
        ConfigError: If there is neither a store nor a generator.
    """

    def __init__(self, generator: Mapping[str, Any] | None, store: str | Path | None = None) -> None:
        self.store = ProposalStore.open(store) if store else None
        self.generator = PreparedGenerator(build_generator(generator)) if generator else None
        if self.store is None and self.generator is None:
            raise ConfigError(
                'The network needs proposals, and nothing says how to make them.',
                where='proposals.generator',
                expected="dict(type='SelectiveSearch')",
                fix="set proposals = dict(generator=dict(type='SelectiveSearch')) in the config, with the generator "
                'that the network was trained with, or name a store that holds the photos (--proposals NAME.mlkd)',
            )

    def __call__(self, key: str, image: np.ndarray) -> ProposalSet:
        """Proposals of ``image``, uint8 (H, W, 3) BGR, whose key is ``key``.

        Raises:
            ProposalError: If the store does not have it and no generator is named, or the generator fails.
        """
        if self.store is not None and key in self.store:
            return self.store[key]
        if self.generator is None:
            assert self.store is not None
            raise ProposalError(
                'The store has no proposals of a photo, and no generator is named.',
                where=self.store.path,
                found=f'no {key}',
                fix='set proposals = dict(generator=...) in the config',
            )
        try:
            bboxes, scores = self.generator(image)
        except MLKDError:
            raise
        except Exception as error:
            # Anything may come out of a generator of somebody's own.
            found = f'{type(error).__name__}: {error}'
            raise ProposalError(
                f'{self.generator.generator} failed.',
                where=key,
                found=found,
                fix='take another generator, or leave this photo out',
            ) from error
        proposals = ProposalSet(bboxes, scores, image.shape[:2])
        check_boxes(key, proposals.bboxes, proposals.scores, proposals.size)
        return proposals
