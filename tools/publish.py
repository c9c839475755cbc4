"""Writes a network into one file that describes itself: python tools/publish.py WORK_DIR (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('publish'))
