# Sourced by the scripts that launch several processes: $PYTHON, else the Python of the environment that is active, else
# that of .venv.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-python}
if [ -z "${PYTHON:-}" ] && [ -x "$here/../.venv/bin/python" ] &&
    ! python -c 'from importlib.util import find_spec; raise SystemExit(not find_spec("mmengine"))' 2>/dev/null; then
    python=$here/../.venv/bin/python
fi
