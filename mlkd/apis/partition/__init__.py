"""Partitions of labels: made, drawn, compared, converted. Each action is a module of this package."""

from __future__ import annotations

import argparse
import importlib

#: What ``mlkd partition ACTION`` can do.
ACTIONS = {
    'make': 'divide the labels of a data set into parts',
    'show': 'list the parts, and draw which labels occur together',
    'compare': 'say how alike two partitions are, and which labels moved',
    'convert': 'read and write the JSON lists of the CPSD repository; bring labels into another order',
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    actions = parser.add_subparsers(dest='action', required=True)
    for name, text in ACTIONS.items():
        module = importlib.import_module(f'{__name__}.{name}')
        action = actions.add_parser(name, help=text, description=text)
        module.add_arguments(action)
        action.set_defaults(run_action=module.run)


def run(args: argparse.Namespace) -> int:
    """Run the action.

    Returns:
        Exit code.
    """
    return args.run_action(args)
