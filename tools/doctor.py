"""The same as ``mlkd doctor``."""

import sys

from mlkd.apis.cli import main_of

sys.exit(main_of('doctor'))
