"""Checking arguments that come from a config or a command line."""

from __future__ import annotations

import argparse
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


def check_options(options: argparse.Namespace, *names: str, least: int = 1) -> None:
    """Raise a ConfigError if a whole number that a command was given is below ``least``.

    Args:
        options: Of the command line.
        names: Attributes of it; one that is None was not given.
        least: The smallest number that makes sense.
    """
    for name in names:
        if (value := getattr(options, name)) is not None:
            check_number(f'--{name.replace("_", "-")}', value, least, whole=True)


def check_number(
    key: str,
    value: Any,
    least: float = -math.inf,
    most: float = math.inf,
    *,
    above: bool = False,
    below: bool = False,
    whole: bool = False,
) -> None:
    """Raise a ConfigError if ``value`` is no finite number within its bounds.

    Args:
        key: Config key.
        value: What stands there.
        least: The smallest number that makes sense.
        most: The largest.
        above: Whether ``least`` itself makes no sense.
        below: Whether ``most`` itself makes none.
        whole: Whether it must be a whole number.
    """
    is_number = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    ends = [end for end, is_open in ((least, above), (most, below)) if is_open]
    if is_number and math.isfinite(value) and least <= value <= most and value not in ends:
        return
    bounds = [f'above {least:g}' if above else f'at least {least:g}'] if math.isfinite(least) else []
    bounds += [f'below {most:g}' if below else f'at most {most:g}'] if math.isfinite(most) else []
    kind = 'a whole number' if whole else 'a finite number'
    raise ConfigError('A number makes no sense.', where=key, found=repr(value), expected=', '.join([kind, *bounds]))
