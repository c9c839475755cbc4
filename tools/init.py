"""From photos and labels to a config: python tools/init.py FOLDER LABELS.csv (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('init'))
