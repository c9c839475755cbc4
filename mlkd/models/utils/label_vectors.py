"""Word vectors of labels, from a file, picked by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mlkd.datasets.class_names import COCO, NUS_WIDE, VOC
from mlkd.errors import ConfigError, DataError, did_you_mean, some

from .weights import find_weights

#: Label names that go by the name of a data set.
KNOWN_NAMES = {'coco': COCO, 'voc': VOC, 'nuswide': NUS_WIDE}


def names_of(label_names: str | Sequence[str], num_classes: int) -> tuple[str, ...]:
    """The names of a network's labels, in its own order.

    Args:
        label_names: ``'coco'``, ``'voc'`` or ``'nuswide'``, or the names themselves (those of a part of the labels).
        num_classes: How many there must be.

    Raises:
        ConfigError: If the data set is not known or there are not as many names as classes.
    """
    if isinstance(label_names, str):
        if label_names not in KNOWN_NAMES:
            fix = did_you_mean(label_names, KNOWN_NAMES) or None
            expected = f'{" or ".join(KNOWN_NAMES)}, or a list of names'
            raise ConfigError(
                'label_names is not known.', where='label_names', found=label_names, expected=expected, fix=fix
            )
        label_names = KNOWN_NAMES[label_names]
    if len(label_names) != num_classes:
        raise ConfigError(
            'There are not as many label names as classes.',
            where='label_names',
            found=f'{len(label_names)} names',
            expected=f'num_classes={num_classes}',
            fix='name the labels of this network alone, in the order of its outputs',
        )
    return tuple(label_names)


def read_label_vectors(file: str | Path, names: Sequence[str], key: str = 'glove') -> Tensor:
    """Rows of a file of word vectors.

    Args:
        file: ``.npz`` with ``classes``, names (M,), and ``key``, vectors (M, D); looked for where weight files are. Its
            order makes no difference.
        names: Which rows, in this order.
        key: Name of the array of vectors.

    Returns:
        float32 (len(names), D).

    Raises:
        CheckpointError: If there is no such file.
        DataError: If it cannot be read, lacks an array or a label, names one twice, or a number is not finite.
    """
    path = find_weights(file)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            content = {name: arrays[name] for name in ('classes', key) if name in arrays.files}
            there = arrays.files
    except Exception as error:  # What NumPy raises of a broken file is not limited to a few types.
        raise DataError('A file of label vectors cannot be read.', where=path, found=error) from error
    if len(content) < 2 or content[key].ndim != 2 or len(content['classes']) != len(content[key]):
        shapes = {name: array.shape for name, array in content.items()}
        expected = f'classes, names (M,), and {key}, vectors (M, D)'
        raise DataError(
            'A file holds no label vectors.', where=path, found=shapes or f'arrays {there}', expected=expected
        )
    rows = {str(name): row for name, row in zip(content['classes'], content[key], strict=True)}
    if len(rows) < len(content['classes']):
        raise DataError('A label has two vectors.', where=path, found=f'{len(content["classes"])} rows, {len(rows)} names')
    missing = [name for name in names if name not in rows]
    if missing:
        near = did_you_mean(missing[0], rows, n=1)
        raise DataError(
            'Labels have no vector.',
            where=path,
            found=f'none for {some(missing)}',
            expected='a row for each label of the network',
            fix=f'{near + " " if near else ""}label_names must spell them as the file does',
        )
    vectors = torch.from_numpy(np.stack([rows[name] for name in names]).astype(np.float32))
    if not vectors.isfinite().all():
        bad = [name for name, row in zip(names, vectors, strict=True) if not row.isfinite().all()]
        raise DataError('A label vector is not finite.', where=path, found=some(bad))
    return vectors
