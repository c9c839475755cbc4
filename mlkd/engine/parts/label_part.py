"""One part of the labels, which a network of its own is trained for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlkd.partition.label_names import canonical, positions

#: Letters of a label in the name of a part.
_SHORT = 16


@dataclass(frozen=True)
class LabelPart:
    """Labels that one network knows.

    Attributes:
        labels: Their names, in the order of the data set and of the network's outputs.
        index: Where they stand among all labels.
    """

    labels: tuple[str, ...]
    index: tuple[int, ...]

    @property
    def name(self) -> str:
        """Folder of the network, the same for the same labels in any partition: first label, how many, hash."""
        first = re.sub(r'\W+', '_', self.labels[0].lower())[:_SHORT].strip('_') or 'part'
        text = '\0'.join(sorted(map(canonical, self.labels)))
        return f'{first}-{len(self.labels)}-{hashlib.sha256(text.encode()).hexdigest()[:8]}'


def label_parts(parts: Iterable[Sequence[str]], classes: Sequence[str]) -> tuple[LabelPart, ...]:
    """The parts of a partition for a data set.

    Args:
        parts: Names of the labels of each part.
        classes: Names of all labels, in the order of the data set.

    Returns:
        One for each part; inside a part the order is that of the data set, so that a network does not depend on how
        the partition lists its labels.

    Raises:
        PartitionError: If a label is not among the classes.
    """
    found = []
    for number, part in enumerate(parts):
        index = tuple(sorted(positions(part, classes, f'part {number}')))
        found.append(LabelPart(tuple(classes[i] for i in index), index))
    return tuple(found)
