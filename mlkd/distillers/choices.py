"""Checking a config value that is one of a few words."""

from __future__ import annotations

from collections.abc import Sequence

from mlkd.errors import ConfigError, did_you_mean


def check_choice(key: str, value: object, choices: Sequence[str | bool]) -> None:
    """Raise a ConfigError if ``value`` is none of ``choices``; says what is near."""
    if value not in choices:
        raise ConfigError(
            'A term is configured with a value that does not exist.',
            where=key,
            found=repr(value),
            expected=' or '.join(map(repr, choices)),
            fix=did_you_mean(str(value), map(str, choices)) or None,
        )
