"""Class maps of a sample, for the metrics that measure them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from mlkd.errors import DataError, MLKDError


def checked_maps(maps: Any, labels: Iterable[int], name: str) -> Tensor:
    """The class maps of an image, of which each is finite and each label has one.

    Args:
        maps: (K, h, w).
        labels: Classes whose maps are asked for.
        name: Of the image, for the message.

    Raises:
        DataError: If a label has no map.
        MLKDError: If a map is not finite.
    """
    maps = torch.as_tensor(maps)
    outside = [int(label) for label in labels if not 0 <= label < len(maps)]
    if outside:
        raise DataError(
            'The annotation has an object of a class that the network does not know.',
            where=name,
            found=f'class {outside[0]}',
            expected=f'0 to {len(maps) - 1}',
            fix='give network and data set the same classes (num_classes, metainfo=dict(classes=[...]))',
        )
    if not maps.isfinite().all():
        raise MLKDError(
            'The class maps of an image are not finite.',
            where=name,
            found=f'{int((~maps.isfinite()).sum())} of {maps.numel()} values',
            expected='finite numbers',
            fix='the network has diverged: lower its learning rate or check its weights',
        )
    return maps
