"""Tables, plots and pictures of finished runs: python tools/report.py WORK_DIR... (see --help)."""

import sys

from mlkd.apis.cli import main_of

if __name__ == '__main__':
    sys.exit(main_of('report'))
