"""Open documents: the text as the client has it, and what was found in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from lsprotocol import types as lsp
from pygls.uris import to_fs_path

from unleak.finding import Finding, Span, Verdict
from unleak.judge.protocol import Asked
from unleak.lsp.positions import Encoding, span_of
from unleak.text import Text

if TYPE_CHECKING:
    from unleak.scanner import LiveScan, Reading, Scanner

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


class Shift(NamedTuple):
    """An edit: what stood on lines `first` to `last` may be another text, and what is below is `lines` further down."""

    first: int
    last: int
    lines: int


def _shifted(findings: Sequence[Finding], shift: Shift) -> list[Finding]:
    """Findings of single lines after an edit; those that it may have touched are forgotten."""
    kept = [finding for finding in findings if not shift.first <= finding.span.line <= shift.last]
    return [
        replace(finding, span=finding.span.moved(shift.lines)) if finding.span.line > shift.last else finding
        for finding in kept
    ]


def _is_over(finding: Finding, others: Iterable[Finding]) -> bool:
    return any(finding.span[:2] < other.span[2:] and other.span[:2] < finding.span[2:] for other in others)


class Document:
    """One open document or notebook cell.

    It is opened unread, read window by window from the top, and from then on every edit leaves its findings
    right. An edit costs time by its own size, at whatever stage it comes.
    """

    def __init__(self, item: lsp.TextDocumentItem, notebook: str | None = None) -> None:
        self.uri = item.uri
        self.version = item.version
        self.language = item.language_id
        self.notebook = notebook
        home = to_fs_path(notebook or item.uri)
        self.file = Path(home) if home else None  # where it lies on disk, or the notebook that it is part of
        self.text = Text(item.text)
        self.is_closed = False
        self.is_unheard = False  # the judge was asked and has not answered all
        self.age = 0  # another one whenever the text or its scanner is another one
        self._live: LiveScan | None = None
        self._read_lines = 0  # so many from the top have been read
        self._found: list[Finding] = []  # by a model that has read it whole
        self._followed: list[Shift] | None = None  # what was edited since it began to read

    @property
    def is_begun(self) -> bool:
        """Whether it is read or being read, and not waiting for that or left alone."""
        return self._live is not None

    @property
    def is_read(self) -> bool:
        return self._live is not None and self._read_lines >= len(self.text.lines)

    @property
    def findings(self) -> list[Finding]:
        """In order of place; before the document has been read, those in the part that has."""
        if not self._live or not self._found:
            return self._live.findings if self._live else []
        found = self._live.findings
        taken = {line for finding in found for line in range(finding.span.line, finding.span.end_line + 1)}
        more = [finding for finding in self._found if finding.span.line not in taken or not _is_over(finding, found)]
        return sorted((*found, *more), key=lambda finding: finding.span)

    @property
    def asked(self) -> list[Asked]:
        """What a judge should be asked about, in order of place."""
        return self._live.asked if self._live else []

    @property
    def verdicts(self) -> Mapping[Span, Verdict]:
        """What a judge has said of what stands there now."""
        return self._live.verdicts if self._live else {}

    @property
    def reading(self) -> Reading | None:
        """All that is known of it, as it is now; None before it is being read."""
        return self._live.reading if self._live else None

    @property
    def path(self) -> str:
        """The one that it is read by."""
        return self._live.path if self._live else ""

    @property
    def scanner(self) -> Scanner | None:
        return self._live.scanner if self._live else None

    def begin(self, scanner: Scanner, path: str) -> None:
        """Forget what was found, and be read by `scanner` from now on."""
        from unleak.scanner import LiveScan

        self._live = LiveScan(scanner, path, str(self.text), scan=False)
        self._found, self._followed = [], None
        self.text = self._live.text
        self._read_lines = 0
        self.age += 1

    def forget(self) -> None:
        """Be as unread as when it was opened."""
        self._live = None
        self._found, self._followed = [], None
        self.age += 1

    def follow(self) -> list[Shift]:
        """Have edits noted from now on, for `take_found`."""
        self._followed = []
        return self._followed

    def take_found(self, findings: Iterable[Finding], since: list[Shift]) -> bool:
        """Have these findings, too, made in the text as it was when `follow` returned `since`.

        Whether they are of any use: not where the document was read anew meanwhile.
        """
        if self._live is None or self._followed is not since:
            return False
        self._followed = None
        self._found = list(findings)
        for shift in since:
            self._found = _shifted(self._found, shift)
        return True

    def judged(self, verdicts: Mapping[Span, Verdict]) -> None:
        """Go by these verdicts, and by no other."""
        if self._live:
            self._live.judged(verdicts)

    def read_on(self, size: int) -> None:
        """Read the next lines, about `size` code points of them."""
        if self._live is None:
            return
        lines, first = self.text.lines, self._read_lines
        last = first
        while last < len(lines) and size > 0:
            size -= len(lines[last])
            last += 1
        self._live.read(first, last)
        self._read_lines = last

    def change(self, version: int, changes: Iterable[lsp.TextDocumentContentChangeEvent], encoding: Encoding) -> bool:
        """Apply the changes of one notification, in order.

        Whether there was a whole new text among them: then the document is as unread as when it was opened.
        """
        self.version = version
        self.age += 1
        is_new = False
        for change in changes:
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                self._replace(span_of(self.text.lines, change.range, encoding), change.text)
            else:
                self.forget()
                self.text = Text(change.text)
                is_new = True
        return is_new

    def _replace(self, span: Span, new: str) -> None:
        if self._live is None:
            self.text.replace(span, new)
            return
        lines = len(self.text.lines)
        self._live.replace(span, new)
        if self._found or self._followed is not None:
            shift = Shift(span.line, max(span.line, span.end_line), len(self.text.lines) - lines)
            self._found = _shifted(self._found, shift)
            if self._followed is not None:
                self._followed.append(shift)
        if self._read_lines >= lines:
            self._read_lines = len(self.text.lines)
            return
        # Above what has been read, findings are right after any edit; below they come when it is read.
        if max(span.line, span.end_line) < self._read_lines:
            self._read_lines += len(self.text.lines) - lines
        else:
            self._read_lines = min(self._read_lines, max(0, span.line - 1))
        self._live.forget_from(self._read_lines)

    def path_from(self, root: Path | None) -> str:
        """The path that tells the scanner what kind of text this is; it need not exist.

        Seen from `root`, the folder of the project, as the command line sees it. A cell or an unsaved
        document ends in what files of its language end in.
        """
        uri = self.notebook or self.uri
        path = self.file or PurePosixPath(unquote(urlsplit(uri).path))
        if root is not None and path.is_relative_to(root):
            path = path.relative_to(root)
        if self.notebook is None and self.file is not None:
            return path.as_posix()
        return path.as_posix() + SUFFIXES.get(self.language, "")


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

    def cells_of(self, notebook: str) -> list[Document]:
        return [document for document in self if document.notebook == notebook]

    def is_open(self, file: Path) -> bool:
        return any(document.file == file for document in self._by_uri.values())
