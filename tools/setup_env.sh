# Sourced by quickstart.sh and test.sh: makes .venv and installs mlkd into it, once for each state of the set-up files.
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$root"
say() { printf '== %s\n' "$*"; }

find_python() {
    local name
    for name in python3.11 python3.12 python3.10 python3; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys, venv; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    say 'No Python 3.10, 3.11 or 3.12 with the venv module was found. Install one (Debian: apt install python3-venv).' >&2
    return 1
}

stamp="$(cat setup.cfg pyproject.toml | cksum)"
if [ "$(cat .venv/mlkd-stamp 2>/dev/null)" = "$stamp" ]; then
    say 'The environment .venv is there; nothing to install.'
else
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        python="$(find_python)" || exit 1
        say "Making .venv with $("$python" --version) ..."
        "$python" -m venv --clear .venv
    fi
    say "Installing mlkd into .venv, $(.venv/bin/python --version) (some minutes, once) ..."
    .venv/bin/python -m pip install -q --disable-pip-version-check -e '.[dev]' || { say 'The installation failed; run this again once the cause is mended.'; exit 1; }
    echo "$stamp" >.venv/mlkd-stamp
    say 'Installed.'
fi
export PATH="$root/.venv/bin:$PATH"
