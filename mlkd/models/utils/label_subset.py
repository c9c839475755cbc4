"""The config of a network for some of the labels, from that of one for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlkd.errors import ConfigError


def restrict_to_labels(model: Mapping[str, Any], labels: Sequence[str], num_classes: int) -> dict[str, Any]:
    """A network's config with fewer outputs.

    Args:
        model: Config of a network with ``num_classes`` somewhere in it, and maybe names of its labels
            (``label_names`` or ``classes``).
        labels: Names of the labels that the new network knows.
        num_classes: How many the config is for.

    Returns:
        The config with ``num_classes`` and names of ``labels``.

    Raises:
        ConfigError: If the config says nowhere how many labels it has, or another number.
    """
    found: list[Any] = []
    config = _restricted(model, labels, found)
    wrong = [number for number in found if number != num_classes]
    if wrong or not found:
        raise ConfigError(
            'The network for a part of the labels cannot be told from that for all.',
            where='num_classes',
            found=wrong[0] if wrong else 'nowhere in the config of the model',
            expected=f'{num_classes}, the number of all labels',
        )
    return config


def _restricted(value: Any, labels: Sequence[str], found: list[Any]) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_restricted(item, labels, found) for item in value)
    if not isinstance(value, Mapping):
        return value
    config = {key: _restricted(item, labels, found) for key, item in value.items()}
    if 'num_classes' in config:
        found.append(config['num_classes'])
        config['num_classes'] = len(labels)
    for key in ('label_names', 'classes'):
        if isinstance(config.get(key), (str, list, tuple)):
            config[key] = list(labels)
    return config
