"""Options that are words KEY=VALUE."""

from __future__ import annotations

import argparse
import ast
from typing import Any

from mmengine.config import DictAction

from mlkd.errors import ConfigError


class KeyValues(DictAction):
    """Values of an option as MMEngine reads them: ``a.b=1 c=[1,2]``.

    Where MMEngine takes spaces out of every value and knows no dicts, here spaces stay in a single value, and a value
    in brackets, braces or quotes may be what Python would write: ``c=[{'type': 'A'}] d='one, with a comma'``.
    """

    @staticmethod
    def _parse_iterable(val: str) -> Any:
        """What the text after the = stands for.

        Raises:
            ValueError: If braces or brackets are not closed.
        """
        text = val.strip()
        plain = text.strip('\'"')
        if text[:1] in tuple('[{\'"'):
            try:
                literal = ast.literal_eval(text)
            except (ValueError, SyntaxError) as error:
                if text.startswith('{'):
                    raise ValueError('no dict') from error
            else:
                # A list in quotes that the shell left is meant as a list, as MMEngine has it.
                if isinstance(literal, (list, dict)) or (isinstance(literal, str) and plain[:1] not in tuple('[(')):
                    return literal
        if ',' in plain or plain[:1] in tuple('[('):
            return DictAction._parse_iterable(text)
        return DictAction._parse_int_float_bool(plain)

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        """Add a dict of the words to the namespace.

        Raises:
            ConfigError: If one is not KEY=VALUE, or its brackets are not closed.
        """
        for value in values:
            try:
                super().__call__(parser, namespace, [value], option)
            except (AssertionError, ValueError) as error:
                raise ConfigError(
                    'An option is not understood.',
                    where=option,
                    found=value,
                    expected='KEY=VALUE, without spaces around =',
                    fix="put values with brackets into quotes: 'KEY=[1,2]'; name the config before the options",
                ) from error
