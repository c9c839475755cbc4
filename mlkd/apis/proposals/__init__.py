"""Proposals: made, converted, checked, looked at. Each action is a module of this package."""

from __future__ import annotations

import argparse
import importlib

#: What ``mlkd proposals ACTION`` can do.
ACTIONS = {
    'generate': 'make a proposal store; a run that was stopped goes on',
    'merge': 'put the shards that several machines made into one store',
    'check': 'look for everything that is wrong with a store',
    'show': 'draw the best boxes of some images',
    'stats': 'say how many boxes stores hold, how large, of which shape',
    'recall': 'measure how many annotated objects the boxes of stores cover',
    'convert': 'convert proposal files of other tools into a store, and back',
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
