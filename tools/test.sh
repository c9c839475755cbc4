#!/usr/bin/env bash
# Runs the whole test suite, in .venv, which is made first if it is not there. Arguments go to pytest.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup_env.sh"
say 'Running the tests ...'
exec python -m pytest "$@"
