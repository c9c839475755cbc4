"""Options that are words KEY=VALUE."""

from __future__ import annotations

import argparse
from typing import Any

from mmengine.config import DictAction


class KeyValues(DictAction):
    """MMEngine's, which a word without ``=``, or with a bracket that nothing closes, ends with a usage message."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Put a dict of the words into the namespace."""
        for word in values:
            if '=' not in word:
                raise argparse.ArgumentError(self, f'{word!r} is not of the form KEY=VALUE')
            try:
                super().__call__(parser, argparse.Namespace(), [word], option_string)
            except (AssertionError, ValueError) as error:
                raise argparse.ArgumentError(self, f'{word!r}: {error}') from error
        super().__call__(parser, namespace, values, option_string)
