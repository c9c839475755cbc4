"""Sizes as people write them: 20MB, 120MP."""

from __future__ import annotations

import re

from mlkd.errors import ConfigError

_FACTORS = {'': 1, 'k': 10**3, 'm': 10**6, 'g': 10**9}


def parse_size(text: str, unit: str, option: str) -> int:
    """A number of bytes or pixels.

    Args:
        text: A number, maybe with k, M or G, maybe with the unit: ``'20MB'``, ``'1.5 M'``, ``'500000'``.
        unit: ``'B'`` for bytes, ``'P'`` for pixels.
        option: Name of the option, for the message.

    Raises:
        ConfigError: If it is no such number, or below 1.

    >>> parse_size('20MB', 'B', '--max-upload')
    20000000
    """
    match = re.fullmatch(rf'\s*(\d{{1,12}}(?:\.\d{{1,9}})?)\s*([kmg]?){unit}?\s*', text, re.IGNORECASE)
    size = int(float(match[1]) * _FACTORS[match[2].lower()]) if match else 0
    if size < 1:
        raise ConfigError('This is no size.', where=option, found=text, expected=f'a number such as 20M{unit}')
    return size


def size_text(size: int, unit: str) -> str:
    """A size as people write it.

    >>> size_text(20000000, 'B'), size_text(1500, 'B'), size_text(12, 'B')
    ('20 MB', '1.5 kB', '12 B')
    """
    for prefix in ('G', 'M', 'k'):
        factor = _FACTORS[prefix.lower()]
        if size >= factor:
            return f'{size / factor:.1f}'.removesuffix('.0') + f' {prefix}{unit}'
    return f'{size} {unit}'
