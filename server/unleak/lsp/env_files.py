"""`.env` files in the editor: secrets belong there, as long as git does not take them.

In place of its findings such a file has one warning where git tracks it or would take it, and nothing else. Git is
asked in the background, and again when its index or a `.gitignore` may have changed; until it has answered nothing is
shown. In a workspace that is not trusted git is not asked, and a `.env` is a file like any other.
"""

from __future__ import annotations

import enum
import json
import os
import shlex
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from unleak.files import git_top
from unleak.finding import Severity, Span
from unleak.lsp.background import in_background
from unleak.lsp.diagnostics import SEVERITIES, range_in_json
from unleak.lsp.positions import Encoding, in_units
from unleak.text import Text, line_width

if TYPE_CHECKING:
    from unleak.fixes.home import Files
    from unleak.lsp.documents import Document
    from unleak.lsp.session import Session

PATTERNS = ("**/.git/index", "**/.git/info/exclude")
"""Which files a client is asked to watch, once a `.env` is open."""
_IGNORE_FILE = ".gitignore"


class Standing(enum.Enum):
    """What git has to do with a file."""

    APART = "apart"  # nothing: it is ignored, or in no repository
    TRACKED = "tracked"
    UNTRACKED = "untracked"  # and not ignored: the next `git add` takes it
    UNKNOWN = "unknown"  # git cannot tell


def is_env(file: Path) -> bool:
    """Whether a file is a `.env` by its name, and no sample of one."""
    if not file.name.startswith(".env"):
        return False
    from unleak.fixes.dotenv_files import is_private

    return is_private(file.name)


def standing_of(file: Path, files: Files | None = None) -> Standing:
    """Asks git, links followed; not in the event loop, and only where the workspace is trusted.

    What git does not ignore counts as ignored where a `.gitignore` as it stands in `files`, saved or not, says so.
    """
    real = Path(os.path.realpath(file))
    top = git_top(str(real.parent))
    if top is None:
        return Standing.APART
    from unleak.git import Abandoned, Git

    git = Git(str(real.parent))
    try:
        code, _ = git.answer("ls-files", "--error-unmatch", "--", real.name)
        if code == 0:
            return Standing.TRACKED
        if code == 1:  # `check-ignore` takes names as they stand, and refuses to be told so
            code, _ = git.answer("--no-literal-pathspecs", "check-ignore", "--quiet", "--", real.name)
        else:
            code = -1
    except Abandoned:
        return Standing.UNKNOWN
    if code == 0:
        return Standing.APART
    if code != 1:
        return Standing.UNKNOWN
    return Standing.APART if files and _is_ignored(file, files) else Standing.UNTRACKED


def _is_ignored(file: Path, files: Files) -> bool:
    from unleak.fixes.change import Refusal
    from unleak.fixes.home import ignored

    try:
        return ignored(file.parent.as_posix(), file.as_posix(), files) is None
    except Refusal:
        return False


def tracked_below(root: Path) -> list[Path]:
    """The `.env` files below a folder that git tracks; not in the event loop, and only where it is trusted."""
    if git_top(os.path.realpath(root)) is None:
        return []
    from unleak.git import Abandoned, Git

    try:
        said = Git(str(root)).ask("ls-files", "-z")
    except Abandoned:
        return []
    names = (os.fsdecode(name) for name in (said or b"").split(b"\0") if b".env" in name)
    return [file for file in map(root.joinpath, names) if is_env(file) and file.is_file()]


def warning(standing: Standing, file: Path, root: Path | None, text: Text, found: int, encoding: Encoding) -> str:
    """The diagnostics of a `.env` that holds `found` secrets, as a JSON array; `root` is its workspace folder."""
    if standing is Standing.APART or not found:
        return "[]"
    secrets = "a secret" if found == 1 else f"{found} secrets"
    if standing is Standing.TRACKED:
        name = file.relative_to(root).as_posix() if root and file.is_relative_to(root) else file.name
        message = (
            f"Git tracks this file, with {secrets} in it. Take it out with `git rm --cached {shlex.quote(name)}`, let "
            "git ignore it, and then replace what it holds at the providers: earlier commits keep it."
        )
    else:
        message = (
            f"Git does not ignore this file, with {secrets} in it: the next `git add` would take it. "
            f"Add it to {_IGNORE_FILE}."
        )
    place = range_in_json(in_units(text.lines, first_line(text), encoding))
    severity = SEVERITIES[Severity.WARNING]
    return (
        f'[{{"range":{place},"severity":{severity},"source":"unleak","message":{json.dumps(message)},'
        f'"data":{{"git":"{standing.value}"}}}}]'
    )


def first_line(text: Text) -> Span:
    """The first line that says something: an assignment rather than a comment."""
    said = [number for number, line in enumerate(text.lines) if line.strip()]
    number = next((number for number in said if not text.lines[number].lstrip().startswith("#")), (said or [0])[0])
    line = text.lines[number]
    return Span(number, len(line) - len(line.lstrip()), number, len(line[: line_width(line)].rstrip()))


class EnvFiles:
    """What git has to do with the `.env` files that are open. For the event loop's thread."""

    def __init__(self, server: Session) -> None:
        self.git_folders: set[Path] = set()  # the `.git` of each repository that was asked
        self._server = server
        self._known: dict[str, Standing] = {}  # by URI
        self._waiting: dict[str, None] = {}
        self._is_asking = False

    def governs(self, document: Document) -> bool:
        """Whether git decides what is shown of a document."""
        if document.file is None or document.notebook is not None or not self._server.settings.is_trusted:
            return False
        return is_env(document.file)

    def standing(self, document: Document) -> Standing | None:
        """What git has said; None where it has not answered yet."""
        return self._known.get(document.uri)

    def replaces_findings(self, document: Document) -> bool:
        """Whether something else is shown of a document than its findings, or nothing yet."""
        return self.governs(document) and self.standing(document) is not Standing.UNKNOWN

    def warns(self, document: Document) -> bool:
        """Whether git tracks a document or would take it."""
        return self.standing(document) in (Standing.TRACKED, Standing.UNTRACKED)

    def diagnostics(self, document: Document) -> str | None:
        """What to show of a document about which git has answered: JSON, or None for its findings."""
        standing = self.standing(document)
        if document.file is None or standing is None or standing is Standing.UNKNOWN:
            return None
        root, encoding = self._server.settings.root_of(document.file), self._server.dialect.encoding
        return warning(standing, document.file, root, document.text, len(document.findings), encoding)

    def opened(self, document: Document) -> None:
        self._known.pop(document.uri, None)
        self.refresh([document])
        self.edited(document)

    def edited(self, document: Document) -> None:
        """A document is another text: a `.gitignore` counts as it stands in the editor."""
        if document.file is not None and document.file.name == _IGNORE_FILE:
            self.refresh()

    def closed(self, uri: str) -> None:
        self._known.pop(uri, None)

    def files_changed(self, files: Iterable[Path]) -> None:
        """Something was written; git may have something else to say."""
        if any(map(_may_matter, files)):
            self.refresh()

    def refresh(self, documents: Iterable[Document] | None = None) -> None:
        """Ask about these documents, or about all that are open; what git said before counts until it answers."""
        wanted = self._server.documents if documents is None else documents
        self._waiting.update((document.uri, None) for document in wanted if self.governs(document))
        if self._waiting and not self._is_asking:
            self._is_asking = True
            self._server.spawn(self._ask())

    async def _ask(self) -> None:
        try:
            while self._waiting:
                uri = next(iter(self._waiting))
                del self._waiting[uri]
                document = self._server.documents.get(uri)
                if document is not None and document.file is not None and self.governs(document):
                    answer = await in_background(partial(_asked, document.file, self._ignore_files()))
                    self._take(document, *answer)
        finally:
            self._is_asking = False

    def _take(self, document: Document, standing: Standing, git_folder: Path | None) -> None:
        if git_folder and git_folder not in self.git_folders:
            self.git_folders.add(git_folder)
            self._server.watch_git()
        if document.is_closed or not self.governs(document):
            return
        before, self._known[document.uri] = self._known.get(document.uri), standing
        if before is not standing and document.is_read:
            self._server.publish(document)

    def _ignore_files(self) -> Files | None:
        """The `.gitignore` files as they are open, over the disk; None where none is."""
        opened = {each.file: str(each.text) for each in self._server.documents if each.file}
        opened = {file: text for file, text in opened.items() if file.name == _IGNORE_FILE}
        if not opened:
            return None
        from unleak.lsp.workspace_files import WorkspaceFiles

        return WorkspaceFiles(opened.get, is_trusted=True)


def _asked(file: Path, files: Files | None) -> tuple[Standing, Path | None]:
    """What git says of a file, and the folder in which it keeps its index."""
    top = git_top(os.path.dirname(os.path.realpath(file)))
    folder = Path(top, ".git") if top else None
    return standing_of(file, files), folder if folder and folder.is_dir() else None


def _may_matter(file: Path) -> bool:
    return file.name in (_IGNORE_FILE, "index", "exclude") or is_env(file)
