#!/usr/bin/env bash
# Builds the documentation into site/, in .venv, which is made first if it is not there; a warning is an error.
# Arguments go to sphinx-build. Open site/index.html.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup_env.sh"
say 'Building the documentation ...'
python -m sphinx -b html -W --keep-going -q -d build/doctrees docs site "$@"
say "It is in $root/site/index.html"
