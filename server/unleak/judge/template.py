"""What is said to a model that talks, as the tokens that its own template makes of it.

A template is applied once, around two names that stand for what is said. Its marks are tokens of their own; what is
said goes between them as plain text, so that no text of a file acts as a mark, whatever stands in it.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Sequence, Set
from typing import Any, NamedTuple

from unleak.judge.chat_prompt import Messages, without_system
from unleak.judge.model import ModelError, tokenized

_SYSTEM, _USER = "UNLEAK0SYSTEM", "UNLEAK0USER"
_NAMES = re.compile(f"{_SYSTEM}|{_USER}")
_NO_THOUGHT = "<think>\n\n</think>\n\n"
_WRITTEN_THOUGHT = re.compile(r"<think>((?:\\n|\n)*)</think>((?:\\n|\n)*)")
_LONGEST = 1 << 18  # bytes of a template: more than ten times those of large models


class TalkError(ModelError):
    """A model cannot be talked to; the message says why."""


class _Mark(NamedTuple):
    token: int


class Template:
    """The chat template of a loaded model. Raises TalkError where it has none that llama.cpp knows."""

    def __init__(self, llama: Any, model: Any, vocabulary: Any) -> None:
        self._llama = llama
        self._vocabulary = vocabulary
        said = llama.llama_model_chat_template(model, None)
        if not said:
            raise TalkError("the model has no chat template")
        if len(said) > _LONGEST:
            raise TalkError(f"its chat template has {len(said):,} bytes")
        source = said.decode("utf-8", "replace")
        if "[SYSTEM_PROMPT]" in source and "[SYSTEM_PROMPT] " not in source:
            said = b"mistral-v7-tekken"  # by its text llama.cpp takes it for its forerunner, which has blanks there
        self.is_merged = False  # the system message has no place of its own
        rendered = self._applied(said, [("system", _SYSTEM), ("user", _USER)])
        if _NAMES.findall(rendered) != [_SYSTEM, _USER]:
            self.is_merged = True
            rendered = self._applied(said, [("user", _USER)])
            if _NAMES.findall(rendered) != [_USER]:
                raise TalkError("its chat template leaves out what is said")
        self._parts = list(self._parted(rendered + _thought(source, rendered)))
        if llama.llama_vocab_get_add_bos(vocabulary):
            first = _Mark(llama.llama_vocab_bos(vocabulary))
            if self._parts[:1] != [first]:
                self._parts.insert(0, first)
        self._words = _text_marks(llama, vocabulary, {part.token for part in self._parts if isinstance(part, _Mark)})

    def tokens(self, said: Messages) -> list[int]:
        """What a model reads of a system and a user message, up to where its answer begins."""
        texts = dict(said if not self.is_merged else without_system(said))
        by_name = {_SYSTEM: texts.get("system", ""), _USER: texts["user"]}
        tokens: list[int] = []
        text = ""
        for part in self._parts:
            if isinstance(part, _Mark):
                tokens += self.plain(text)
                tokens.append(part.token)
                text = ""
            elif part in by_name:
                text += self._without_marks(by_name[part].strip())
            else:
                text += part
        return tokens + self.plain(text)

    def plain(self, text: str) -> list[int]:
        """A text's tokens, none of which is a mark."""
        return tokenized(self._llama, self._vocabulary, text, marks=False) if text else []

    def _applied(self, template: bytes, said: Sequence[tuple[str, str]]) -> str:
        pairs = [self._llama.llama_chat_message(role.encode(), text.encode()) for role, text in said]
        messages = (self._llama.llama_chat_message * len(pairs))(*pairs)
        size = self._llama.llama_chat_apply_template(template, messages, len(pairs), True, None, 0)
        if size < 0:
            raise TalkError("llama.cpp does not know its chat template")
        buffer = ctypes.create_string_buffer(size + 1)
        self._llama.llama_chat_apply_template(template, messages, len(pairs), True, buffer, size)
        return buffer.raw[:size].decode("utf-8", "replace")

    def _parted(self, rendered: str) -> Sequence[_Mark | str]:
        """The marks, the texts between them, and the names of what is said, in order."""
        parts: list[_Mark | str] = []
        at = 0
        for name in _NAMES.finditer(rendered):
            parts += [*self._marked(rendered[at : name.start()]), name[0]]
            at = name.end()
        return [part for part in (*parts, *self._marked(rendered[at:])) if part]

    def _marked(self, text: str) -> list[_Mark | str]:
        """A text of the template itself, in which marks are found as llama.cpp finds them."""
        llama = self._llama
        parts: list[_Mark | str] = []
        at, strips = 0, False
        for token in tokenized(llama, self._vocabulary, text, marks=True) if text else []:
            kind = llama.llama_vocab_get_attr(self._vocabulary, token)
            if not kind & (llama.LLAMA_TOKEN_ATTR_CONTROL | llama.LLAMA_TOKEN_ATTR_USER_DEFINED):
                continue
            mark = llama.llama_vocab_get_text(self._vocabulary, token).decode("utf-8", "replace")
            found = text.find(mark, at)
            if found < 0:
                raise TalkError("its chat template and its vocabulary do not fit")
            before = text[at:found].lstrip() if strips else text[at:found]
            parts += [before.rstrip() if kind & llama.LLAMA_TOKEN_ATTR_LSTRIP else before, _Mark(token)]
            at = found + len(mark)
            strips = bool(kind & llama.LLAMA_TOKEN_ATTR_RSTRIP)
        return [*parts, text[at:].lstrip() if strips else text[at:]]

    def _without_marks(self, text: str) -> str:
        """A text in which no mark is left that llama.cpp finds even in plain text: each is broken after its sign."""
        return self._words.sub(lambda mark: f"{mark[0][0]}¦{mark[0][1:]}", text) if self._words else text


def _text_marks(llama: Any, vocabulary: Any, own: Set[int]) -> re.Pattern[str] | None:
    """What a vocabulary takes for one token wherever it stands: the template's `own` marks, and what looks like one."""
    marks = []
    for token in range(llama.llama_vocab_n_tokens(vocabulary)):
        if llama.llama_vocab_get_attr(vocabulary, token) & llama.LLAMA_TOKEN_ATTR_USER_DEFINED:
            text = llama.llama_vocab_get_text(vocabulary, token).decode("utf-8", "replace")
            is_like_one = len(text) > 2 and (text[0], text[-1]) in (("<", ">"), ("[", "]"))
            if is_like_one or (token in own and len(text) > 1 and not text.isspace()):
                marks.append(re.escape(text))
    return re.compile("|".join(sorted(marks, key=len, reverse=True))) if marks else None


def _thought(source: str, rendered: str) -> str:
    """An empty thought for a model that would think first, as its template writes it; else nothing."""
    if "<think>" not in source:
        return ""
    if rendered.rstrip().endswith("<think>"):  # the template has begun one
        return "\n\n</think>\n\n"
    if written := _WRITTEN_THOUGHT.search(source):
        return written[0].replace("\\n", "\n")
    _, _, ending = source.rpartition("add_generation_prompt")
    return _NO_THOUGHT if "enable_thinking" in source or "<think>" in ending else ""
