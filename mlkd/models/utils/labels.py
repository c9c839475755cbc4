"""From samples to the label matrix of a batch."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from mlkd.errors import DataError
from mlkd.structures import MultiLabelDataSample


def stack_labels(samples: Sequence[MultiLabelDataSample], num_classes: int) -> Tensor:
    """The labels of a batch.

    Args:
        samples: B samples with ``gt_label`` (K,).
        num_classes: K, the number of classes of the network.

    Returns:
        int64 (B, K); 1 present, 0 absent, -1 ignore.

    Raises:
        DataError: If a sample has no labels, or another number of them than the network has classes.
    """
    for sample in samples:
        label = sample.get('gt_label')
        if label is None or label.shape != (num_classes,):
            raise DataError(
                'The labels of an image do not fit the network.',
                where=sample.get('img_path'),
                found='no labels' if label is None else f'{label.numel()} labels, shape {tuple(label.shape)}',
                expected=f'{num_classes} labels, one per class of the network',
                fix="set num_classes of the network's head to the number of classes of the data set",
            )
    return torch.stack([sample.gt_label for sample in samples])
