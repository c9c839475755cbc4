"""From the pixels of a photo to what a network takes; proposals are made where it needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlkd.datasets.transforms import LoadImage
from mlkd.datasets.transforms.boxes import rescaled
from mlkd.errors import ConfigError, DataError
from mlkd.registry import TRANSFORMS
from mlkd.structures import ProposalSet

from .proposer import Proposer


class PhotoPipeline:
    """The transforms of a test, for images that are in no data set.

    A network that needs proposals gets those of a :class:`~mlkd.published.proposer.Proposer`. Of a photo without any
    box the whole image is the one proposal. For other networks, transforms of proposals are left out.

    Args:
        steps: Configs of the transforms. The first is one that loads images; here they are decoded already.
        proposer: Makes proposals, or None.
        keep_empty: A photo without any box has no proposals.

    Raises:
        ConfigError: If there are no transforms, or the first does not load images.
    """

    def __init__(
        self, steps: Sequence[Mapping[str, Any]], proposer: Proposer | None = None, keep_empty: bool = False
    ) -> None:
        if not steps:
            raise ConfigError('The test set has no pipeline.', where='test_dataloader.dataset.pipeline')
        self.proposer, self.keep_empty = proposer, keep_empty
        if not loads_images(steps[0]):
            raise ConfigError(
                'The pipeline of the test set does not begin by loading an image.',
                where='test_dataloader.dataset.pipeline.0',
                found=steps[0].get('type'),
                expected=LoadImage.__name__,
            )
        rest = [step for step in steps[1:] if proposer is not None or not concerns_proposals(step)]
        self.load = LoadImage()
        self.rest = [TRANSFORMS.build(dict(step)) for step in rest]

    def __call__(self, image: np.ndarray, key: str = '') -> Mapping[str, Any]:
        """Make the packed sample of an image.

        Args:
            image: uint8 (H, W, 3), BGR.
            key: Its key in a store of proposals; for messages.

        Raises:
            DataError: If it is no such image.
            ProposalError: If it has no proposals and none can be made.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
            found = f'{image.dtype} of shape {image.shape}'
            raise DataError('This is no image of 8 bits in colour.', where=key or None, found=found, expected=_IMAGE)
        results = self.load({'img_path': key, 'img_key': key, 'render': lambda: image})
        if self.proposer is not None:
            proposals = self.proposer(key, image)
            if not len(proposals) and not self.keep_empty:
                proposals = ProposalSet.whole_image(image.shape[:2])
            results['proposals'] = rescaled(proposals.bboxes, proposals.size, image.shape[:2])
            results['proposal_scores'] = proposals.scores
        for step in self.rest:
            results = step(results)
        return results


_IMAGE = 'uint8 (height, width, 3), BGR'


def loads_images(step: Mapping[str, Any]) -> bool:
    """Whether the config of a transform is of one that loads images: mlkd's or MMCV's."""
    return _name(step).startswith(LoadImage.__name__)


def concerns_proposals(step: Mapping[str, Any]) -> bool:
    """Whether the config of a transform is of one that chooses among proposals."""
    return 'Proposals' in _name(step)


def _name(step: Mapping[str, Any]) -> str:
    kind = step.get('type')
    return (kind if isinstance(kind, str) else getattr(kind, '__name__', '')).rpartition('.')[2]
