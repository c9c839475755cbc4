"""What is known of labels before training: counts, graphs, word vectors. Each action is a module of this package."""

from __future__ import annotations

import argparse

from mlkd.apis.actions import add_actions
from mlkd.apis.actions import run_action as run

__all__ = ['ACTIONS', 'add_arguments', 'run']

#: What ``mlkd labels ACTION`` can do.
ACTIONS = {
    'make': 'count the labels of a training set and look up their words, into one file',
    'show': 'say and draw which label implies which',
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    add_actions(parser, __name__, ACTIONS)
