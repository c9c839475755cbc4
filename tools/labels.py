"""Makes and shows graphs of labels: python tools/labels.py make --config CONFIG --out FILE (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('labels'))
