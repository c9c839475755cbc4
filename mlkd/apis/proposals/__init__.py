"""Proposals: made, converted, checked, looked at. Each action is a module of this package."""

from __future__ import annotations

import argparse

from mlkd.apis.actions import add_actions
from mlkd.apis.actions import run_action as run

__all__ = ['ACTIONS', 'add_arguments', 'run']

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
    add_actions(parser, __name__, ACTIONS)
