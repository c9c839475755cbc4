"""Modules of a person's own, which register what they hold."""

from __future__ import annotations

import argparse
import importlib
import traceback
from collections.abc import Iterable

from mlkd.errors import ConfigError


def add_import_option(parser: argparse.ArgumentParser, what: str) -> None:
    """The argument that names such modules, ``args.modules``.

    Args:
        parser: Of the command.
        what: What they hold, for the help.
    """
    parser.add_argument(
        '--import', nargs='+', default=[], dest='modules', metavar='MODULE', help=f'Python modules with {what}'
    )


def import_plugins(modules: Iterable[str], option: str = '--import') -> None:
    """Import modules.

    Args:
        modules: Their names, ``package.module``.
        option: Where a person named them.

    Raises:
        ConfigError: If one is not there, or raises: with the line where it does.
    """
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as error:
            # What is in them is a person's own: anything may come out of it.
            missing = isinstance(error, ModuleNotFoundError) and error.name == module.partition('.')[0]
            place = traceback.extract_tb(error.__traceback__)[-1]
            inside = '' if missing else f' ({place.filename}:{place.lineno})'
            raise ConfigError(
                'A plug-in cannot be imported.',
                where=f'{option} {module}{inside}',
                found=f'{type(error).__name__}: {error}',
                fix='check the spelling, or put the folder that holds it into PYTHONPATH' if missing else 'mend it',
            ) from error
