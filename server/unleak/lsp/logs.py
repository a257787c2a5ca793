"""Logs for people who look for a fault: on the standard error stream, and never a value of a secret."""

from __future__ import annotations

import logging
import sys
import traceback


class DiscreetFormatter(logging.Formatter):
    """Says where and what kind of thing happened.

    Libraries log whole messages and exceptions quote their input, and both hold the text that a person
    writes. So of their records only the fixed part is kept, and of an exception its type and place.
    """

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.startswith("unleak")
        lines = [f"{record.levelname.lower()} {record.name}: {record.getMessage() if ours else record.msg}"]
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            for frame in traceback.extract_tb(error.__traceback__):
                lines.append(f"  {frame.filename}:{frame.lineno} in {frame.name}")
            lines.append(f"  {type(error).__name__}")
        return "\n".join(lines)


def log_to_stderr() -> None:
    """Warnings and errors of every library to the standard error stream, discreetly."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(DiscreetFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
