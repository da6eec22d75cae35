#!/bin/sh
# Set up everything `make` needs: a Python, uv, the locked environment in .venv, and bubblewrap.
#
# In     requirements.lock, pyproject.toml; PYTHON (optional) names the interpreter to use
# Out    .venv (exactly what the lock says, plus this project, editable)
# Never  installs system packages unless it runs as root; downloads an interpreter
#
# Running it again with nothing to do takes a few milliseconds.
set -eu

cd "$(dirname "$0")/.."
root=$(pwd -P)
stamp=.venv/.setup-stamp

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 69; }

# ---- bubblewrap -----------------------------------------------------------------------------------------------
why_sandbox='distilled programs run only inside a sandbox, so replays, tools and their tests need bubblewrap (bwrap)'

bring_bubblewrap() {
    if ! command -v bwrap >/dev/null 2>&1; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            say 'installing bubblewrap with apt-get'
            export DEBIAN_FRONTEND=noninteractive
            { apt-get update -qq && apt-get install -y -qq --no-install-recommends bubblewrap; } >&2 </dev/null || true
        fi
    fi
    if ! command -v bwrap >/dev/null 2>&1; then
        say "bubblewrap is missing. Install it (Debian, Ubuntu: sudo apt-get install bubblewrap; Fedora: sudo dnf install bubblewrap): $why_sandbox"
    elif ! bwrap --unshare-user --unshare-net --ro-bind / / true 2>/dev/null; then
        say "bubblewrap is installed but may not make namespaces here. Allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, and on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0): $why_sandbox"
    fi
}

# ---- python and uv --------------------------------------------------------------------------------------------
# An interpreter is asked for its version, not believed by its name: a version manager's shim may exist and not run.
find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
        found=$("$name" -c 'import sys; print(sys.executable) if sys.version_info >= (3, 11) else sys.exit(1)' 2>/dev/null) || continue
        printf '%s\n' "$found"
        return 0
    done
    return 1
}

# The lines of the lock that pin uv, so that even the first download is checked by its hash.
uv_pin() { sed -n '/^uv==/,/^[a-z0-9]/{/^uv==/p;/^    /p;}' requirements.lock; }

bring_uv() {
    if uv --version >/dev/null 2>&1; then
        uv=uv
        return
    fi
    uv=$root/.tools/uv/bin/uv
    "$uv" --version >/dev/null 2>&1 && return
    say 'installing uv into .tools/uv'
    rm -rf .tools/uv
    mkdir -p .tools
    uv_pin >.tools/uv.lock
    # Debian's Python may come without venv, others without pip: either is enough.
    if "$python" -m venv .tools/uv >/dev/null 2>&1; then
        .tools/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .tools/uv.lock >&2 </dev/null || true
    else
        rm -rf .tools/uv
        "$python" -m pip install --quiet --disable-pip-version-check --target .tools/uv --require-hashes -r .tools/uv.lock >&2 </dev/null || true
    fi
    "$uv" --version >/dev/null 2>&1 ||
        die "could not install uv with $python. Install it (pip install uv, or your system's package) and run 'make setup' again"
}

# ---- the environment ------------------------------------------------------------------------------------------
# The place counts too: console scripts and the editable install hold absolute paths.
wanted_stamp() { { printf '%s\n' "$root" "${PYTHON:-}"; cat requirements.lock pyproject.toml scripts/setup.sh; } | cksum; }

# uv makes .venv exactly the lock. Where only pip is set up to reach packages, pip installs the same files by the same hashes.
install_lock() {
    "$uv" pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes requirements.lock && return
    say 'uv could not fetch the packages; trying pip'
    "$python" -m pip --python .venv/bin/python install --quiet --disable-pip-version-check \
        --require-hashes -r requirements.lock </dev/null >&2 ||
        die "neither uv nor pip could fetch the packages of requirements.lock: check the network, then run 'make setup' again"
}

build_environment() {
    wanted=$(wanted_stamp)
    if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    python=$(find_python) || die 'no Python 3.11 or newer found. Install one, or name it: make setup PYTHON=/path/to/python3'
    bring_uv
    # The system's certificates, as pip and the browser use them: a network with an authority of its own works too.
    export UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
    if ! .venv/bin/python -c "import sys; sys.exit(sys.prefix != '$root/.venv' or sys.version_info < (3, 11))" 2>/dev/null; then
        say "making .venv with $python"
        rm -rf .venv
        "$uv" venv --quiet --python "$python" .venv
    fi
    say 'installing the locked environment'
    rm -f "$stamp"
    install_lock
    # The build backend comes from the lock as well: nothing is resolved or downloaded here.
    "$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
    # Read verbs start in a fraction of the time, also where Python is told not to write bytecode.
    .venv/bin/python -m compileall -q src || true
    printf '%s\n' "$wanted" >"$stamp"
    say 'done'
}

bring_bubblewrap
if command -v flock >/dev/null 2>&1; then
    # Two makes at once: the second waits, then finds the stamp.
    mkdir -p .tools
    exec 9>.tools/setup.lock
    flock 9
fi
build_environment
