"""Options that are words KEY=VALUE."""

from __future__ import annotations

import argparse
from typing import Any

from mmengine.config import DictAction

from mlkd.errors import ConfigError


class KeyValues(DictAction):
    """Values of an option as MMEngine reads them: ``a.b=1 c=[1,2]``."""

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
