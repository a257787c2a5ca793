"""The least that pygls can be: what any server on it needs to start, `unleak serve` included."""

from __future__ import annotations

from pygls.lsp.server import LanguageServer

if __name__ == "__main__":
    LanguageServer("bare", "1").start_io()
