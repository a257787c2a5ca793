"""What the system says of processes."""

from __future__ import annotations

import os
import time
from pathlib import Path

PATIENCE = 60.0  # seconds; only what hangs reaches it


def is_running(pid: int) -> bool:
    """Whether a process still does something; one that has ended and is not collected yet does not."""
    try:
        if Path("/proc/self").exists():
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def is_gone(pid: int) -> bool:
    """Whether a process ends, now or soon."""
    give_up = time.monotonic() + PATIENCE
    while is_running(pid):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.01)
    return True
