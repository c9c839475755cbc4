"""Subcommands with actions, as ``mlkd proposals generate``: a package with a module for each action."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping


def add_actions(parser: argparse.ArgumentParser, package: str, actions: Mapping[str, str]) -> None:
    """Give a subcommand its actions.

    Args:
        parser: Of the subcommand.
        package: Its package, whose modules have ``add_arguments`` and ``run``.
        actions: By name of the module, what it does.
    """
    choices = parser.add_subparsers(dest='action', required=True)
    for name, text in actions.items():
        module = importlib.import_module(f'{package}.{name}')
        action = choices.add_parser(name, help=text, description=text)
        module.add_arguments(action)
        action.set_defaults(run_action=module.run)


def run_action(args: argparse.Namespace) -> int:
    """Run the action that the command line named.

    Returns:
        Exit code.
    """
    return args.run_action(args)
