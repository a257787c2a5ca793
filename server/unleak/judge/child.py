"""A process to talk with in frames. Nothing here waits for it: what it says is handed over as it comes."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TypeAlias, cast

from unleak import children
from unleak.judge import frames

Heard: TypeAlias = "Callable[[Child, frames.Message | None], None]"
_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
GRACE, LOADING = 5.0, 30.0
"""Seconds for a worker to stop what it computes, and to load a model of no size; see `loading_seconds`."""
_SLOWEST = 40e6  # bytes of a model that are read, hashed and loaded in a second at least
_REAPED = 5.0  # seconds after which a killed process that the system holds on to is left to it
_ENDING = 0.5  # seconds from the end of its output to the end of a process


class Child:
    """A running process; `heard` gets each of its messages, and at its end None, in a thread of its own.

    It has the environment of this one, without the tokens of a Hub unless it `may_download`. Raises OSError where it
    cannot be started.
    """

    def __init__(self, command: Sequence[str], heard: Heard, *, may_download: bool = False) -> None:
        self._heard = heard
        self._fault = ""
        self._messages: queue.SimpleQueue[frames.Message | None] = queue.SimpleQueue()
        flags = ("CREATE_NO_WINDOW", "CREATE_NEW_PROCESS_GROUP", "BELOW_NORMAL_PRIORITY_CLASS")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={key: value for key, value in os.environ.items() if may_download or key.upper() not in _TOKENS},
            cwd=children.FOLDER,  # never in a workspace
            start_new_session=True,  # Ctrl-C in a terminal is for the parent
            creationflags=sum(getattr(subprocess, flag, 0) for flag in flags),
        )
        for work in (self._listen, self._speak):
            threading.Thread(target=work, name="unleak-judge-pipe", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, message: frames.Message) -> None:
        """Have a message written when the process reads it; one that is no more is not told."""
        self._messages.put(message)

    def kill(self) -> None:
        """End the process, whatever it does; afterwards it says nothing but None."""
        with suppress(OSError):
            self._process.kill()
        self._messages.put(None)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAPED)

    def outcome(self) -> str:
        """Why a process said None, in words."""
        if self._fault:
            return self._fault
        try:
            code = self._process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            return "its process says nothing any more"
        return f"its process was ended by signal {-code}" if code < 0 else f"its process ended with code {code}"

    def _listen(self) -> None:
        stream = cast("IO[bytes]", self._process.stdout)
        try:
            while (message := frames.read(stream)) is not None:
                self._heard(self, message)
        except (frames.FrameError, OSError) as error:
            self._fault = f"its process cannot be understood ({error})"
        finally:
            self._heard(self, None)
            with suppress(OSError):
                stream.close()

    def _speak(self) -> None:
        stream = cast("IO[bytes]", self._process.stdin)
        with suppress(OSError, frames.FrameError):
            while (message := self._messages.get()) is not None:
                frames.write(stream, message)
        with suppress(OSError):
            stream.close()


def loading_seconds(message: frames.Message) -> float | None:
    """How much longer than `LOADING` a worker that says this may take to load; None where it says something else."""
    size = message.get("loading")
    return size / _SLOWEST if isinstance(size, int) else None


def worker_command(folder: Path, threads: int) -> list[str]:
    """How the judge's worker is started."""
    return children.command("judge", str(folder.absolute()), str(threads))
