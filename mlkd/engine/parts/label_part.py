"""One part of the labels, which a network of its own is trained for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlkd.errors import ConfigError
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


def part_model(model: Mapping[str, Any], part: LabelPart, classes: Sequence[str]) -> dict[str, Any]:
    """The config of a network for the labels of a part, from that of one for all labels.

    Args:
        model: Config of a network with ``num_classes``, and maybe ``label_names``, somewhere in it.
        part: Which labels.
        classes: Names of all labels.

    Returns:
        A config with ``num_classes`` of the part, and its names for ``label_names``.

    Raises:
        ConfigError: If the network says nowhere how many labels it has, or another number than the data set.
    """
    found: list[Any] = []
    config = _restricted(model, part, found)
    wrong = [number for number in found if number != len(classes)]
    if wrong or not found:
        raise ConfigError(
            'The network for a part of the labels cannot be told from that for all.',
            where='num_classes',
            found=wrong[0] if wrong else 'nowhere in the config of the model',
            expected=f'{len(classes)}, the number of labels of the data set',
        )
    return config


def _restricted(value: Any, part: LabelPart, found: list[Any]) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_restricted(item, part, found) for item in value)
    if not isinstance(value, Mapping):
        return value
    config = {key: _restricted(item, part, found) for key, item in value.items()}
    if 'num_classes' in config:
        found.append(config['num_classes'])
        config['num_classes'] = len(part.labels)
    if config.get('label_names') is not None:
        config['label_names'] = list(part.labels)
    return config
