"""Checks the data sets of a config: python tools/data.py check CONFIG (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('data'))
