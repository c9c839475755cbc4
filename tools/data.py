"""The same as ``mlkd data``."""

import sys

from mlkd.apis.cli import main_of

sys.exit(main_of('data'))
