"""Makes proposals: python tools/proposals.py generate IMAGES --out NAME.mlkd (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('proposals'))
