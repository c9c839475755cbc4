"""Partitions of labels: made, drawn, compared, converted. Each action is a module of this package."""

from __future__ import annotations

import argparse

from mlkd.apis.actions import add_actions
from mlkd.apis.actions import run_action as run

__all__ = ['ACTIONS', 'add_arguments', 'run']

#: What ``mlkd partition ACTION`` can do.
ACTIONS = {
    'make': 'divide the labels of a data set into parts',
    'show': 'list the parts, and draw which labels occur together',
    'compare': 'say how alike two partitions are, and which labels moved',
    'convert': 'read and write the JSON lists of the CPSD repository; bring labels into another order',
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Command-line arguments."""
    add_actions(parser, __name__, ACTIONS)
