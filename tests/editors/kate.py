"""Drives Kate on a screen of its own, by keys alone, and reads along what its server says."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

NEEDED = ("kate", "Xvfb", "xdotool", "dbus-run-session")
PATIENCE = 120.0  # seconds
RELAY = """#!/bin/sh
exec 3>&1
"{server}" "$@" | tee "{said}" >&3
"""


def is_installed() -> bool:
    return all(shutil.which(name) for name in NEEDED)


def wait(what: str, arrived: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not arrived():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


class Kate:
    """A window with one file; `press` and `type` do what a person would do at the keyboard."""

    def __init__(self, environment: dict[str, str], said: Path) -> None:
        self._environment = environment
        self._said = said
        self._heard = 0

    def tell(self, *words: str) -> list[str]:
        """What xdotool answers, line by line."""
        done = subprocess.run(
            ["xdotool", *words], env=self._environment, capture_output=True, text=True, timeout=60, check=False
        )
        return done.stdout.split()

    def press(self, *keys: str) -> None:
        self.tell("key", "--delay", "30", *keys)

    def type(self, text: str) -> None:
        self.tell("type", "--delay", "10", text)

    def hear(self, words: str) -> None:
        """Wait until the server has said `words` since the last time."""
        wait(words, lambda: words in self._said.read_text(encoding="utf-8", errors="replace")[self._heard :])
        self._heard = len(self._said.read_text(encoding="utf-8", errors="replace"))

    def windows(self) -> int:
        """How many windows there are, menus included."""
        return len(self.tell("search", "--onlyvisible", "--class", "kate"))

    def choose_first(self, *keys: str) -> None:
        """Open a menu by keys and take what stands first in it."""
        before = self.windows()
        self.press(*keys)
        wait("the menu", lambda: self.windows() > before)
        time.sleep(0.5)  # until the menu has the keyboard
        self.press("Down", "Return")


@contextmanager
def opened(file: Path, settings: Path, server: str) -> Iterator[Kate]:
    """Kate with a file, with the settings of its server as its page shows them; `file`'s grandparent is its home."""
    home = file.parent.parent
    said = home / "said"
    said.touch()
    relay = home / "bin" / "unleak"
    relay.parent.mkdir()
    relay.write_text(RELAY.format(server=server, said=said), encoding="utf-8")
    relay.chmod(0o755)
    configuration = home / ".config"
    (configuration / "kate" / "lspclient").mkdir(parents=True)
    shutil.copy(settings, configuration / "kate" / "lspclient" / "settings.json")
    (configuration / "katerc").write_text(
        f"[lspclient]\nAllowedServerCommandLines={relay} serve\n"  # Kate would ask
        "[General]\nShow welcome view for new window=false\n",
        encoding="utf-8",
    )
    (home / "run").mkdir(mode=0o700)
    hidden = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "WAYLAND_", "DBUS_"))}
    environment = {
        **hidden,
        "HOME": str(home),
        "PATH": f"{relay.parent}{os.pathsep}{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "QT_QPA_PLATFORM": "xcb",
        "XDG_RUNTIME_DIR": str(home / "run"),
    }
    receiving, giving = os.pipe()
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", str(giving), "-screen", "0", "1200x800x24", "-nolisten", "tcp"],
        pass_fds=[giving],
        stderr=subprocess.DEVNULL,
    )
    os.close(giving)
    try:
        with os.fdopen(receiving) as number:
            environment["DISPLAY"] = f":{number.readline().strip()}"
        program = subprocess.Popen(
            ["dbus-run-session", "--", "kate", "--startanon", "--new", "--block", str(file)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            kate = Kate(environment, said)
            wait("a window", lambda: bool(kate.tell("search", "--onlyvisible", "--name", file.name)))
            kate.tell("windowfocus", kate.tell("search", "--onlyvisible", "--name", file.name)[-1])
            yield kate
        finally:
            program.terminate()
            program.wait(30)
    finally:
        screen.terminate()
        screen.wait(30)
