"""What may stand in the key ``partitions`` of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlkd.errors import ConfigError, did_you_mean

#: What may stand in the dict of a partition, by where its parts come from.
_MADE = ('graph', 'parts', 'rho', 'seed', 'sizes', 'counts')
_KEYS = {'file': ('file',), 'published': ('published', 'graph', 'parts'), 'graph': _MADE}


def check_partitions(partitions: Any) -> None:
    """Check the key ``partitions`` of a recipe.

    Raises:
        ConfigError: If a dict says not where its parts come from, or more than that.
    """
    if not isinstance(partitions, Mapping):
        raise ConfigError(
            'partitions is no dict.',
            where='partitions',
            found=partitions,
            expected="dict(cgp=dict(graph='cgp', parts=5))",
        )
    for name, config in partitions.items():
        kind = next((key for key in _KEYS if isinstance(config, Mapping) and key in config), None)
        if kind is None:
            raise ConfigError(
                'A partition does not say where its parts come from.',
                where=f'partitions.{name}',
                found=config,
                expected="dict(graph='cgp', parts=5), dict(published='coco', graph='cgp', parts=5) or dict(file=...)",
            )
        for key in config:
            if key not in _KEYS[kind]:
                expected, fix = ', '.join(_KEYS[kind]), did_you_mean(key, _KEYS[kind]) or None
                raise ConfigError(
                    'A partition has no such key.', where=f'partitions.{name}.{key}', expected=expected, fix=fix
                )
        missing = [key for key in ('graph', 'parts') if kind != 'file' and key not in config]
        if missing:
            expected = 'how many parts' if missing[0] == 'parts' else "'cgp' or 'dgp'"
            raise ConfigError('A partition lacks a key.', where=f'partitions.{name}.{missing[0]}', expected=expected)
