#!/usr/bin/env bash
# Runs the whole test suite, in .venv, which is made first if it is not there, a process for each core (at most eight).
# Arguments go to pytest; -n 0 keeps it in one process.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup_env.sh"
say 'Running the tests ...'
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
exec python -m pytest --numprocesses logical --maxprocesses 8 --dist worksteal "$@"
