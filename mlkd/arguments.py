"""Checking arguments that come from a config."""

from __future__ import annotations

import math
from collections.abc import Collection
from numbers import Integral, Real
from typing import Any

from mlkd.errors import ConfigError, did_you_mean


def check_choice(key: str, value: object, choices: Collection[str | bool]) -> None:
    """Raise a ConfigError if ``value`` is none of ``choices``; says what is near."""
    if not any(value == choice and type(value) is type(choice) for choice in choices):
        raise ConfigError(
            'A value does not exist.',
            where=key,
            found=repr(value),
            expected=' or '.join(map(repr, choices)),
            fix=did_you_mean(str(value), map(str, choices)) or None,
        )


def check_number(
    key: str,
    value: Any,
    least: float = -math.inf,
    most: float = math.inf,
    *,
    above: bool = False,
    whole: bool = False,
) -> None:
    """Raise a ConfigError if ``value`` is no finite number within its bounds.

    Args:
        key: Config key.
        value: What stands there.
        least: The smallest number that makes sense.
        most: The largest.
        above: Whether ``least`` itself makes no sense.
        whole: Whether it must be a whole number.
    """
    is_number = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    if is_number and math.isfinite(value) and least <= value <= most and not (above and value == least):
        return
    bounds = [f'above {least:g}' if above else f'at least {least:g}'] if math.isfinite(least) else []
    bounds += [f'at most {most:g}'] if math.isfinite(most) else []
    kind = 'a whole number' if whole else 'a finite number'
    raise ConfigError('A number makes no sense.', where=key, found=repr(value), expected=', '.join([kind, *bounds]))
