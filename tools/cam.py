"""Draws where networks see the classes: python tools/cam.py CONFIG NETWORK [NETWORK] [PHOTO ...] (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('cam'))
