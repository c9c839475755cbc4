"""A division of all labels into parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import numpy as np

from mlkd.errors import PartitionError, did_you_mean, some

from .counts import LabelCounts
from .graphs import check_rho, default_rho, edge_weights
from .label_names import canonical, checked_names, positions
from .published import published_order, published_parts
from .random_parts import random_parts
from .spectral import spectral_parts

#: Ways to divide labels: co-occurrence graph, dis-occurrence graph, by lot.
Method = Literal['cgp', 'dgp', 'random']
METHODS = ('cgp', 'dgp', 'random')


@dataclass(frozen=True)
class Partition:
    """Every label in one part.

    Attributes:
        parts: K parts, each a tuple of names of labels.
        classes: All C labels, in the order of the data set.
        dataset: Name of the data set.
        graph: What the parts were made from: ``'cgp'``, ``'dgp'``, ``'random'``, or anything else.
        rho: Exponent of the graph.
        seed: Of what was drawn at random.
        counts: :attr:`.LabelCounts.checksum` of what the parts were made from.

    Raises:
        PartitionError: If a part is empty, a label is missing, in two parts or not among the classes, or the exponent
            is none.
    """

    parts: tuple[tuple[str, ...], ...]
    classes: tuple[str, ...]
    dataset: str = ''
    graph: str = ''
    rho: float | None = None
    seed: int | None = None
    counts: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, 'classes', checked_names(self.classes, 'classes of a partition'))
        object.__setattr__(self, 'parts', tuple(tuple(map(str, part)) for part in self.parts))
        _check_numbered(self.parts, self.classes)
        if self.rho is not None:
            check_rho(self.rho)

    @classmethod
    def of(
        cls,
        counts: LabelCounts,
        graph: Method,
        num_parts: int,
        rho: float | None = None,
        seed: int = 0,
        sizes: Sequence[int] | None = None,
    ) -> Partition:
        """Divide labels.

        Args:
            counts: How often they occur together. Parts do not depend on the order of its labels.
            graph: ``'cgp'``: labels that occur together share a part; ``'dgp'``: labels that seldom do; ``'random'``.
            num_parts: K, in 1..C.
            rho: Exponent of the graph; None: :func:`.graphs.default_rho`.
            seed: Of the restarts of k-means, or of the lot.
            sizes: Of random parts; None: by lot too.

        Returns:
            Parts in the order of their first labels, labels in the order of ``counts.classes``.

        Raises:
            PartitionError: If an argument does not exist or fit.
        """
        classes = counts.classes
        _check_request(graph, num_parts, len(classes), seed)
        if sizes is not None and graph != 'random':
            raise PartitionError('Only random parts can be given sizes.', where='sizes', found=f'graph={graph!r}')
        if rho is not None and graph == 'random':
            raise PartitionError('Random parts have no graph, and no exponent.', where='rho', found=rho)
        # In one order whatever the data set's: what is drawn at random goes by position.
        alphabetical = sorted(classes, key=canonical)
        if graph == 'random':
            assignment = random_parts(len(classes), num_parts, seed, sizes)
        else:
            _check_pairs(counts, num_parts)
            rho = default_rho(graph, counts.dataset) if rho is None else rho
            assignment = spectral_parts(edge_weights(counts.permuted(alphabetical), graph, rho), num_parts, seed)
        part_of = dict(zip(alphabetical, assignment.tolist(), strict=True))
        order = dict.fromkeys(part_of[name] for name in classes)
        parts = tuple(tuple(name for name in classes if part_of[name] == part) for part in order)
        return cls(parts, classes, counts.dataset, graph, rho, seed, counts.checksum)

    @classmethod
    def whole(cls, classes: Sequence[str], dataset: str = '') -> Partition:
        """All labels in one part: the undivided task."""
        return cls((tuple(classes),), tuple(classes), dataset)

    @classmethod
    def published(cls, dataset: str, graph: str, num_parts: int) -> Partition:
        """A partition that Xu et al. published with their code (run 0), as it is.

        The labels mouse and oven of COCO's DGP with 5 parts stand exchanged there.

        Args:
            dataset: ``'coco'`` or ``'nuswide'``.
            graph: ``'cgp'`` or ``'dgp'``.
            num_parts: 1 (the undivided task), 2, 3, 5, 8 or 13.

        Raises:
            PartitionError: If there is none.
        """
        classes = published_order(dataset)
        if num_parts == 1 and graph in ('cgp', 'dgp'):
            return cls.whole(classes, dataset)
        found = published_parts(dataset, graph, num_parts)
        return cls(tuple(map(tuple, found.parts)), classes, dataset, graph, found.rho, None, found.counts)

    @property
    def num_parts(self) -> int:
        """K."""
        return len(self.parts)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of labels of each part."""
        return tuple(map(len, self.parts))

    def indices(self, classes: Sequence[str] | None = None) -> list[list[int]]:
        """Where the labels of each part stand.

        Args:
            classes: The order; None: :attr:`classes`.

        Returns:
            For each part the positions of its labels in ``classes``, in the part's order.

        Raises:
            PartitionError: If they are not the same labels; names those that are missing and what is near.
        """
        classes = self.classes if classes is None else self.reordered(classes).classes
        return [positions(part, classes) for part in self.parts]

    def assignment(self, classes: Sequence[str] | None = None) -> np.ndarray:
        """The part of each label, int64 (C,), in the order ``classes`` (None: :attr:`classes`)."""
        indices = self.indices(classes)
        parts = np.empty(len(self.classes), np.int64)
        for part, members in enumerate(indices):
            parts[members] = part
        return parts

    def reordered(self, classes: Sequence[str]) -> Partition:
        """The same parts, for a data set with another order or spelling of the same labels.

        Args:
            classes: The data set's; their spelling is taken over.

        Raises:
            PartitionError: If they are not the same labels; names those that are missing and what is near.
        """
        classes = checked_names(tuple(classes), 'classes')
        spelling = {canonical(name): name for name in classes}
        _check_numbered(self.parts, classes)
        parts = tuple(tuple(spelling[canonical(name)] for name in part) for part in self.parts)
        return Partition(parts, classes, self.dataset, self.graph, self.rho, self.seed, self.counts)


def _check_request(graph: str, num_parts: int, num_labels: int, seed: int) -> None:
    if graph not in METHODS:
        expected, fix = ', '.join(METHODS), did_you_mean(str(graph), METHODS) or None
        raise PartitionError('Labels cannot be divided so.', where='graph', found=graph, expected=expected, fix=fix)
    if isinstance(num_parts, bool) or not isinstance(num_parts, int) or not 1 <= num_parts <= num_labels:
        expected = f'1 to {num_labels}, the number of labels'
        raise PartitionError('There cannot be so many parts.', where='parts', found=num_parts, expected=expected)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise PartitionError('A seed is no whole number of 0 or more.', where='seed', found=repr(seed))


def _check_pairs(counts: LabelCounts, num_parts: int) -> None:
    if 1 < num_parts < counts.num_classes and not counts.pairs.any():
        raise PartitionError(
            'No two labels occur together, so that any parts would be as good.',
            where='counts',
            found=f'{counts.images.sum()} labels of images, none with another one',
            expected='images with several labels',
            fix='take other counts, or random parts',
        )


def check_parts(parts: Mapping[str, Sequence[str]], classes: Sequence[str]) -> None:
    """Make sure that every label is in exactly one part.

    Args:
        parts: Names of the labels of each part, by what the part is called.
        classes: All labels.

    Raises:
        PartitionError: If a part is empty, or a label is missing, in two parts or not among the classes.
    """
    for name, part in parts.items():
        if not part:
            fix = 'take the part out, or give it a label'
            raise PartitionError('A part holds no label.', where=name, expected='at least one', fix=fix)
        positions(part, classes, name)
    holders = Counter(canonical(label) for label in chain.from_iterable(parts.values()))
    doubled = [label for label, count in holders.items() if count > 1]
    if doubled:
        first = doubled[0]
        inside = [name for name, part in parts.items() if first in map(canonical, part)]
        raise PartitionError(
            'Labels stand in more than one part, or twice in one.',
            where=' and '.join(inside),
            found=some(doubled),
            expected='every label once',
            fix='take it out of all parts but one',
        )
    missing = [label for label in classes if canonical(label) not in holders]
    if missing:
        raise PartitionError(
            f'{len(missing)} of {len(classes)} labels stand in no part.',
            where=', '.join(parts) if 0 < len(parts) < 6 else f'{len(parts)} parts',
            found=some(missing),
            expected=f'each of the {len(classes)} labels in one part',
            fix='put each into a part; if the parts are of another data set, take those of this one',
        )


def _check_numbered(parts: Sequence[Sequence[str]], classes: Sequence[str]) -> None:
    """Parts are told by number, from 0."""
    check_parts({f'part {number} of {len(parts)}': part for number, part in enumerate(parts)}, classes)
