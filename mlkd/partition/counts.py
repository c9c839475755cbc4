"""How many images hold a label, and how many hold two of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlkd.errors import DataError, PartitionError

from .label_names import canonical, checked_names, order_of

#: Label vectors that are counted at a time; sums over so many are exact in float32.
_CHUNK = 8192


@dataclass(frozen=True, eq=False)
class LabelCounts:
    """Counts over the images of a training set.

    Attributes:
        classes: Names of the K labels.
        images: N, int64 (K,): images that hold the label.
        pairs: M, int64 (K, K): images that hold both labels; symmetric, zero on the diagonal.
        dataset: Name of the data set, for people.

    Raises:
        PartitionError: If the counts cannot be those of any set of images.
    """

    classes: tuple[str, ...]
    images: np.ndarray
    pairs: np.ndarray
    dataset: str = ''

    def __post_init__(self) -> None:
        where = f'counts of {self.dataset}' if self.dataset else 'counts'
        set_field = object.__setattr__
        set_field(self, 'classes', checked_names(self.classes, where))
        for name, shape in (('images', (self.num_classes,)), ('pairs', (self.num_classes, self.num_classes))):
            set_field(self, name, _whole(getattr(self, name), shape, f'{where}: {name}'))
        _check_pairs(self, where)

    @classmethod
    def of_labels(cls, classes: Sequence[str], labels: np.ndarray, dataset: str = '') -> LabelCounts:
        """Count label vectors.

        Args:
            classes: Names of the K labels.
            labels: (N, K); 1 present, 0 absent, -1 not known, which counts as absent.
            dataset: Name of the data set.

        Raises:
            PartitionError: If the vectors have another number of labels, or other values.
        """
        classes, labels = checked_names(classes), np.asarray(labels)
        if labels.ndim != 2 or labels.shape[1] != len(classes):
            expected = f'(number of images, {len(classes)})'
            raise PartitionError('The labels do not fit.', found=f'shape {labels.shape}', expected=expected)
        both = np.zeros((len(classes), len(classes)), np.int64)
        for start in range(0, len(labels), _CHUNK):
            chunk = labels[start : start + _CHUNK]
            if not np.isin(chunk, (-1, 0, 1)).all():
                raise PartitionError('A label is none of 1, 0 and -1.', found=np.unique(chunk)[:5].tolist())
            present = (chunk == 1).astype(np.float32)
            both += (present.T @ present).astype(np.int64)
        return cls(classes, both.diagonal().copy(), both - np.diag(both.diagonal()), dataset)

    @classmethod
    def of_dataset(cls, dataset: Any) -> LabelCounts:
        """Count the labels of a data set; its images are not read.

        Args:
            dataset: A :class:`~mlkd.datasets.base.MultiLabelDataset`, or a wrapper of MMEngine's around some.

        Raises:
            DataError: If the data set has no label vectors or does not name its labels.
        """
        dataset.full_init()
        classes, name = dataset.metainfo.get('classes'), dataset.metainfo.get('dataset_name')
        labels = [dataset.get_data_info(index).get('gt_label') for index in range(len(dataset))]
        if not classes or any(label is None for label in labels):
            raise DataError(
                'The data set has no labels to count.',
                where=type(dataset).__name__,
                found='entries without gt_label' if classes else 'no names of labels',
                expected="metainfo=dict(classes=...) and entries with 'gt_label'",
            )
        return cls.of_labels(classes, np.reshape(labels, (len(labels), -1)), str(name or type(dataset).__name__))

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.classes)

    @property
    def unseen(self) -> list[str]:
        """Labels that no image has."""
        return [name for name, images in zip(self.classes, self.images, strict=True) if not images]

    @property
    def checksum(self) -> str:
        """Hash over names and counts; the order of the labels does not change it."""
        names = [canonical(name) for name in self.classes]
        order = np.argsort(names)
        content = [sorted(names), self.images[order].tolist(), self.pairs[np.ix_(order, order)].tolist()]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]

    def permuted(self, classes: Sequence[str]) -> LabelCounts:
        """The counts in another order of the same labels, found by name.

        Args:
            classes: The order; its spelling is taken over.

        Raises:
            PartitionError: If they are not the same labels; names those that are missing and what is near.
        """
        index = order_of(self.classes, classes, f'counts of {self.dataset}' if self.dataset else 'counts')
        return LabelCounts(tuple(classes), self.images[index], self.pairs[np.ix_(index, index)], self.dataset)

    def __add__(self, other: LabelCounts) -> LabelCounts:
        """Counts over the images of both; labels are found by name."""
        other = other.permuted(self.classes)
        name = self.dataset if self.dataset == other.dataset else f'{self.dataset}+{other.dataset}'
        return LabelCounts(self.classes, self.images + other.images, self.pairs + other.pairs, name)


def _whole(values: Any, shape: tuple[int, ...], where: str) -> np.ndarray:
    """Counts as int64 that nobody can write to."""
    try:
        values = np.asarray(values)
    except ValueError:  # Rows of different lengths.
        values = np.empty(0, object)
    if values.shape != shape or values.dtype.kind not in 'biuf':
        found = f'{values.dtype} of shape {values.shape}'
        raise PartitionError(
            'The counts do not fit the labels.',
            where=where,
            found=found,
            expected=f'whole numbers of shape {shape}',
            fix=f'count the labels again, or name as many labels as the counts are of, here {shape[0]}',
        )
    whole = np.array(values, np.float64)
    wrong = ~(whole >= 0) | (whole != np.floor(whole)) | ~(whole < 2**53)
    if wrong.any():
        raise PartitionError(
            'A count is negative or no whole number.',
            where=where,
            found=f'{values[wrong][0]} at {tuple(np.argwhere(wrong)[0].tolist())}',
            fix='give numbers of images; shares of them (P(j|i)) are no counts' if (whole[wrong] > 0).all() else None,
        )
    whole = values.astype(np.int64)
    whole.setflags(write=False)
    return whole


def _check_pairs(counts: LabelCounts, where: str) -> None:
    names, images, pairs = counts.classes, counts.images, counts.pairs
    if pairs.diagonal().any():
        i = int(np.flatnonzero(pairs.diagonal())[0])
        raise PartitionError(
            'The diagonal of the pair counts is not zero.',
            where=where,
            found=f'{pairs[i, i]} for {names[i]}',
            expected='0: images with one label are no pair',
            fix='set the diagonal to zero',
        )
    if (pairs != pairs.T).any():
        i, j = np.argwhere(pairs != pairs.T)[0]
        raise PartitionError(
            'The pair counts are not symmetric.',
            where=where,
            found=f'{pairs[i, j]} for {names[i]} with {names[j]}, {pairs[j, i]} the other way round',
            expected='as many images with two labels whichever is named first',
            fix='give numbers of images, not shares; the file that MSRN published for Apparel has one half of them',
        )
    most = np.minimum.outer(images, images)
    if (pairs > most).any():
        i, j = np.argwhere(pairs > most)[0]
        halves = not (pairs % 2).any() and (pairs // 2 <= most).all()
        raise PartitionError(
            'More images hold two labels than hold one of them.',
            where=where,
            found=f'{pairs[i, j]} images with {names[i]} and {names[j]}, but {images[i]} and {images[j]} with each; '
            f'{int((pairs > most).sum())} such entries',
            fix='each pair seems to be counted twice, as in data/nuswide/nuswide_adj.pkl of the CPSD repository; '
            'take partition/nus_adj.pkl, or halve them'
            if halves
            else 'count again',
        )
