"""Open documents: the text as the client has it, and what was found in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from lsprotocol import types as lsp
from pygls.uris import to_fs_path

from unleak.finding import Finding
from unleak.lsp.positions import Encoding, span_of
from unleak.text import Text

if TYPE_CHECKING:
    from unleak.scanner import LiveScan, Scanner

SUFFIXES = {
    "c": ".c",
    "cpp": ".cpp",
    "csharp": ".cs",
    "dockerfile": ".dockerfile",
    "dotenv": ".env",
    "go": ".go",
    "html": ".html",
    "ini": ".ini",
    "java": ".java",
    "javascript": ".js",
    "javascriptreact": ".jsx",
    "json": ".json",
    "jsonc": ".json",
    "julia": ".jl",
    "kotlin": ".kt",
    "markdown": ".md",
    "php": ".php",
    "powershell": ".ps1",
    "properties": ".properties",
    "python": ".py",
    "r": ".r",
    "ruby": ".rb",
    "rust": ".rs",
    "scala": ".scala",
    "shellscript": ".sh",
    "sql": ".sql",
    "swift": ".swift",
    "terraform": ".tf",
    "toml": ".toml",
    "typescript": ".ts",
    "typescriptreact": ".tsx",
    "xml": ".xml",
    "yaml": ".yaml",
}
"""What a file of a language ends in, for cells and unsaved documents, whose names do not tell."""


class Document:
    """One open document or notebook cell.

    Until it has been read for the first time it has a text alone; from then on every edit leaves the
    findings right. Nothing here costs time by the size of the document but opening it.
    """

    def __init__(self, item: lsp.TextDocumentItem, notebook: str | None = None) -> None:
        self.uri = item.uri
        self.version = item.version
        self.notebook = notebook
        home = to_fs_path(notebook or item.uri)
        self.file = Path(home) if home else None  # where it lies on disk, or the notebook that it is part of
        self.language = item.language_id
        self.text = Text(item.text)
        self.revision = 0  # counts what makes a reading under way stale, whatever versions the client sends
        self.is_closed = False
        self.is_waiting = True  # to be read
        self._live: LiveScan | None = None

    @property
    def is_read(self) -> bool:
        return self._live is not None

    @property
    def findings(self) -> list[Finding]:
        """In order of place; none before the document has been read."""
        return self._live.findings if self._live else []

    @property
    def scanner(self) -> Scanner | None:
        return self._live.scanner if self._live else None

    def change(
        self,
        version: int,
        changes: Iterable[lsp.TextDocumentContentChangeEvent],
        encoding: Encoding,
    ) -> None:
        """Apply the changes of one notification, in order. A whole new text must be read anew."""
        self.version = version
        self.revision += 1
        for change in changes:
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                span = span_of(self.text.lines, change.range, encoding)
                (self._live or self.text).replace(span, change.text)
            else:
                self.forget()
                self.text = Text(change.text)

    def forget(self) -> None:
        """Drop what was found; the document must be read anew."""
        self._live = None
        self.is_waiting = True
        self.revision += 1

    def skip(self) -> None:
        """It is not to be read, as things are."""
        self.is_waiting = False

    def path_from(self, root: Path | None) -> str:
        """The path that tells the scanner what kind of text this is; it need not exist.

        Seen from `root`, the workspace folder around it, as the command line sees it. A cell or an
        unsaved document ends in what files of its language end in.
        """
        uri = self.notebook or self.uri
        path = self.file or PurePosixPath(unquote(urlsplit(uri).path))
        if root is not None and path.is_relative_to(root):
            path = path.relative_to(root)
        if self.notebook is None and self.file is not None:
            return path.as_posix()
        return path.as_posix() + SUFFIXES.get(self.language, "")

    def begin(self, scanner: Scanner, path: str) -> LiveScan:
        """A scan over the document's own text, for `settle` to take once it has all findings."""
        from unleak.scanner import LiveScan

        live = LiveScan(scanner, path, str(self.text), scan=False)
        self.text = live.text
        return live

    def settle(self, live: LiveScan, findings: list[Finding]) -> None:
        """From now on `live`, whose text has these findings, follows the edits."""
        live.findings = findings
        self._live = live
        self.is_waiting = False


class Documents:
    """All open documents by their URI, as the client spells it."""

    def __init__(self) -> None:
        self._by_uri: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(list(self._by_uri.values()))

    def get(self, uri: str) -> Document | None:
        return self._by_uri.get(uri)

    def open(self, item: lsp.TextDocumentItem, notebook: str | None = None) -> Document:
        """A new document in place of any that was open under its URI."""
        self.close(item.uri)
        document = self._by_uri[item.uri] = Document(item, notebook)
        return document

    def close(self, uri: str) -> None:
        if (document := self._by_uri.pop(uri, None)) is not None:
            document.is_closed = True
            document.revision += 1

    def cells_of(self, notebook: str) -> list[Document]:
        return [document for document in self if document.notebook == notebook]

    def is_open(self, file: Path) -> bool:
        return any(document.file == file for document in self._by_uri.values())
