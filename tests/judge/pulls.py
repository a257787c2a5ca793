"""Real processes that fetch models from a Hub on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bundles import DECISION, copied
from hub_server import HubServer
from processes import PATIENCE

from unleak.judge import installed, shelf

TEAM = "team/judge"
TOKEN = "hf_" + "q8zk3w7n5x2c9v4m6t1b"
_CODE = """
import sys
from pathlib import Path
from unleak.judge import catalog, hub_client
hub_client.PAUSES = (0.01,) * 4
if sys.argv[1]:
    catalog.path = lambda: Path(sys.argv[1])
from unleak.cli import main
sys.exit(main(['model', *sys.argv[2:]]))
"""
_OURS = ("HF_", "HUGGING", "TRANSFORMERS_", "UNLEAK_JUDGE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def environment(hub: HubServer | str, folder: Path, **more: str) -> dict[str, str]:
    """That of a person who has never been at a Hub, and goes to this one."""
    clean = {key: value for key, value in os.environ.items() if not key.upper().startswith(_OURS)}
    endpoint = hub if isinstance(hub, str) else hub.url
    places = {"HF_ENDPOINT": endpoint, "HF_HOME": str(folder / "hf"), "UNLEAK_DATA_DIR": str(folder / "data")}
    return {**clean, **places, "HF_HUB_DOWNLOAD_TIMEOUT": "20", **more}


def started(
    *arguments: str,
    environment: dict[str, str],
    catalog: Path | str = "",
    limit: int = 0,
    stderr: int = subprocess.PIPE,
) -> subprocess.Popen[str]:
    """`unleak model ARGUMENTS`, which sees no pauses; `limit` is the largest file that it may write, in bytes."""
    code = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit},) * 2)\n{_CODE}" if limit else _CODE
    command = [sys.executable, "-c", code, str(catalog), *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code, and what it has to say, which is never a token, a signed address or a traceback."""
    out, problems = process.communicate(timeout=PATIENCE)
    said = out + problems
    for secret in (TOKEN, "signature", "Traceback", "@127", "Bearer"):
        assert secret not in said, "something is told that is not for people"
    return process.returncode, said


def ran(*arguments: str, **how: object) -> tuple[int, str]:
    return ended(started(*arguments, **how))  # type: ignore[arg-type]


def made(bundle: Path, folder: Path, name: str, changes: dict[str, str] | None = None) -> dict[str, bytes]:
    """The files of a bundle with a decision, under another name."""
    made = copied(bundle, folder / "made" / name, {"name": f'"{name}"', **(changes or {})})
    with (made / "manifest.toml").open("a") as manifest:
        manifest.write(DECISION)
    return {path.name: path.read_bytes() for path in made.iterdir()}


def there() -> list[str]:
    """What lies among the models, parts under their kind."""
    home = shelf.folder()
    if not home.exists():
        return []
    names = [path.relative_to(home).as_posix() for path in home.rglob("*")]
    names = [name for name in names if not name.endswith(".lock") and "/" not in name.replace(".parts/", "")]
    return sorted("part" if name.startswith(".parts/") else name for name in names if name != ".parts")


def whole(name: str) -> bool:
    return installed.verify(installed.find(name)) == ""
