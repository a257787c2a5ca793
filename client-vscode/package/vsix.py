"""`make vsix` and `make vsix-universal`: the extension as one file, with the server inside or with what installs it.

build/unleak-TARGET-VERSION.vsix holds the frozen server of this platform; build/unleak-VERSION.vsix holds unleak as a
wheel and the lists of what it needs. A second run without changes does nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import environment
import freeze
import locked
from content import BUILD, CLIENT, PACKAGE, PROJECT, Made, carried, digest_of

_CLIENT_SOURCES = ("src", "package.json", "package-lock.json", "tsconfig.json", "esbuild.mjs")
_SHOWN = ("README.md", "CHANGELOG.md", "LICENSE", "icon.png", "walkthrough", "pictures")
_LEFT_OUT = ("scripts", "devDependencies", "private")
_SYSTEMS = {"linux": "linux", "darwin": "darwin", "win32": "win32"}
_MACHINES = {"x86_64": "x64", "amd64": "x64", "x64": "x64", "aarch64": "arm64", "arm64": "arm64"}
_NODE, _LEAST_NODE = "24.21.0", 22
_EPOCH = "1767225600"  # of all files, so that the same sources make the same package


def version() -> str:
    """The version of server and client, which must be one."""
    init = (PROJECT / "server" / "unleak" / "__init__.py").read_text(encoding="utf-8")
    server = re.search(r'^__version__ = "(.+)"$', init, re.MULTILINE)[1]  # type: ignore[index]
    client = _manifest()["version"]
    if server != client:
        raise SystemExit(f"The server is {server} and the client {client}: give package.json the server's version.")
    return server


def target() -> str:
    """What the marketplace calls this platform."""
    return f"{_SYSTEMS[sys.platform]}-{_MACHINES[platform.machine().lower()]}"


def platform_package() -> Path:
    """The extension for this platform, with everything inside."""
    server = freeze.freeze()
    result = BUILD / f"unleak-{target()}-{version()}.vsix"
    return _packed(result, {"server": server}, ["--target", target()])


def universal_package() -> Path:
    """The extension for every platform, which installs the server itself."""
    return _packed(BUILD / f"unleak-{version()}.vsix", {"wheel": _wheel()}, [])


def _wheel() -> Path:
    """A folder with unleak's wheel and what it needs."""
    folder = BUILD / "wheel"
    sources = [*(PROJECT / name for name in ("server/unleak", "pyproject.toml")), *carried()]
    made = Made(folder, digest_of([*sources, locked.LOCK, PROJECT / "README.md", PACKAGE / "locked.py"], version()))
    if made.is_current():
        return folder
    made.forget()
    python = environment.python()
    shutil.rmtree(folder, ignore_errors=True)
    command = [str(python), "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(
        command, check=True, cwd=PROJECT, env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH}, stdout=subprocess.DEVNULL
    )
    locked.write(folder)
    made.keep()
    return folder


def _packed(result: Path, parts: dict[str, Path], options: list[str]) -> Path:
    shown = [CLIENT / name for name in _SHOWN if (CLIENT / name).exists()]
    sources = [CLIENT / name for name in _CLIENT_SOURCES if (CLIENT / name).exists()]
    tools = [Path(__file__), PACKAGE / "package-lock.json"]
    made = Made(result, digest_of([*shown, *sources, *tools, *parts.values()], *options))
    if made.is_current():
        return result
    made.forget()
    print(f"Packing {result} …", file=sys.stderr, flush=True)
    stage = BUILD / "packing"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    for path in shown:
        _copy(path, stage / path.name)
    _copy(_client(), stage / "dist")
    for name, folder in parts.items():
        _copy(folder, stage / name)
    manifest = {key: value for key, value in _manifest().items() if key not in _LEFT_OUT}
    (stage / ".vscodeignore").write_text(".vscodeignore\n", encoding="utf-8")  # nothing is here that does not belong
    (stage / "package.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    _pack(stage, result, options, has_repository="repository" in manifest)
    shutil.rmtree(stage)
    made.keep()
    return result


def _pack(stage: Path, result: Path, options: list[str], *, has_repository: bool) -> None:
    if not (PACKAGE / "node_modules" / "@vscode" / "vsce").is_dir():
        _npm("ci", "--ignore-scripts", folder=PACKAGE)
    command = [_node(), str(PACKAGE / "node_modules" / "@vscode" / "vsce" / "vsce"), "package", "--no-dependencies"]
    if not has_repository:
        command += ["--allow-missing-repository", "--no-rewrite-relative-links"]
    environ = {**os.environ, "SOURCE_DATE_EPOCH": _EPOCH}
    said = subprocess.run(
        [*command, *options, "--out", str(result)], check=False, cwd=stage, env=environ, capture_output=True, text=True
    )
    if said.returncode or "WARNING" in said.stdout + said.stderr:  # else it lists each of thousands of files
        print(said.stdout, said.stderr, sep="\n", file=sys.stderr)
    said.check_returncode()


def _client() -> Path:
    """The client's code, in one file."""
    if not (CLIENT / "node_modules" / "esbuild").is_dir():
        _npm("ci", folder=CLIENT)
    dist = BUILD / "client"
    shutil.rmtree(dist, ignore_errors=True)
    _npm("run", "--silent", "build", folder=CLIENT)
    dist.mkdir(parents=True)
    shutil.copy2(CLIENT / "dist" / "extension.js", dist)
    return dist


def _copy(source: Path, to: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, to)
    else:
        shutil.copy2(source, to)


def _npm(*arguments: str, folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is missing: install Node.js 20 or newer.")
    quiet = ["--no-audit", "--no-fund"] if arguments[0] in ("ci", "install") else []
    subprocess.run([npm, *arguments, *quiet], check=True, cwd=folder, stdout=sys.stderr)


def _node() -> str:
    """A Node.js that is new enough for vsce; installed beside the build where there is none."""
    kept = BUILD / "node"
    system = "win" if sys.platform == "win32" else sys.platform
    package = f"node-{system}-{_MACHINES[platform.machine().lower()]}"
    ours = kept / "node_modules" / package / "bin" / ("node.exe" if os.name == "nt" else "node")
    for found in (os.environ.get("UNLEAK_NODE"), shutil.which("node"), str(ours)):
        if found and Path(found).is_file():
            said = subprocess.run([found, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout
            if int(said.lstrip("v").partition(".")[0]) >= _LEAST_NODE:
                return found
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    _npm("install", "--no-save", "--ignore-scripts", f"{package}@{_NODE}", folder=kept)
    return str(ours)


def _manifest() -> dict[str, object]:
    manifest: dict[str, object] = json.loads((CLIENT / "package.json").read_text(encoding="utf-8"))
    return manifest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--universal", action="store_true", help="the extension without a server")
    result = universal_package() if parser.parse_args().universal else platform_package()
    print(f"{result}: {result.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
