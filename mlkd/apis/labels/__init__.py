"""What is known of labels before training: counts, graphs, word vectors. Each action is a module of this package."""

from __future__ import annotations

import argparse
import importlib

#: What ``mlkd labels ACTION`` can do.
ACTIONS = {
    'make': 'count the labels of a training set and look up their words, into one file',
    'show': 'say and draw which label implies which',
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
