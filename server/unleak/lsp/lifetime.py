"""Waits for the end of another process, so that the server does not outlive its client."""

from __future__ import annotations

import asyncio
import os
import sys

_POLL_SECONDS = 2.0


async def end_of_process(pid: int) -> None:
    """Return once process `pid` has ended.

    Raises ProcessLookupError where there is none: a client in another container counts processes otherwise.
    """
    if hasattr(os, "pidfd_open"):
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            raise
        except OSError:
            pass  # an old kernel or a sandbox; polling serves
        else:
            await _end_of_handle(handle)
            return
    if not _is_running(pid):
        raise ProcessLookupError(pid)
    while _is_running(pid):
        await asyncio.sleep(_POLL_SECONDS)


async def _end_of_handle(handle: int) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(handle, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)


if sys.platform == "win32":
    import ctypes

    _SYNCHRONIZE = 0x0010_0000
    _TIMEOUT = 0x102

    def _is_running(pid: int) -> bool:
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(_SYNCHRONIZE, False, pid)
        if not handle:
            return False
        running: bool = kernel.WaitForSingleObject(handle, 0) == _TIMEOUT
        kernel.CloseHandle(handle)
        return running

else:

    def _is_running(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # it runs, as somebody else
        return True
