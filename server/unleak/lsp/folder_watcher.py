"""Watches folders with the means of the operating system, for clients that do not watch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

_CHANGES = frozenset(("created", "modified", "moved", "deleted"))


class FolderWatcher(FileSystemEventHandler):
    """Watches single folders, not what is below them. `changed` is called in a thread of the watcher."""

    def __init__(self, changed: Callable[[Path], object]) -> None:
        self._changed = changed
        self._watched: set[Path] = set()
        self._observer = Observer()
        self._observer.daemon = True
        self._observer.start()

    def watch(self, folders: Iterable[Path]) -> None:
        """Watch these folders, too; those that cannot be watched are passed over."""
        for folder in set(folders) - self._watched:
            try:
                self._observer.schedule(self, str(folder))
            except OSError:
                continue
            self._watched.add(folder)

    def stop(self) -> None:
        self._observer.stop()

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in _CHANGES:
            for path in filter(None, (event.src_path, event.dest_path)):
                self._changed(Path(str(path)))
