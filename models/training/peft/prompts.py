"""Questions as what a model that talks reads: messages by its own chat template, and these as tokens.

The messages are those of `unleak.judge.chat_prompt`, which the server sends as well. Thinking is switched off where
the template knows how. The answer is one label word, a single token, right behind the prompt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import jinja2
from transformers import PreTrainedTokenizerBase

from unleak.judge import chat_prompt
from unleak.judge.protocol import Question


class PromptError(ValueError):
    """A tokenizer that questions cannot be put with; says what to do."""


class Lesson(NamedTuple):
    """One candidate as tokens, with its answer."""

    text: str  # the prompt, which ends where the answer begins
    tokens: list[int]
    label: list[float]  # probabilities of secret, test and safe
    weight: float
    row: int  # the candidate's number, by which its answer is found again
    repo: str


def read(paths: Iterable[Path]) -> list[dict]:
    """The questions of files that questions.py wrote."""
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def split(questions: Sequence[dict], held: int) -> tuple[list[dict], list[dict]]:
    """What is learned, and what is kept out: the questions of fold `held`, of which there may be none."""
    learned = [each for each in questions if each["fold"] != held and any(each["weights"])]
    return learned, [each for each in questions if each["fold"] == held]


def rendered(tokenizer: PreTrainedTokenizerBase, question: Question, number: int) -> str:
    """The prompt for one candidate, up to where the answer begins. Raises PromptError."""
    if not tokenizer.chat_template:
        raise PromptError("the tokenizer has no chat template: take the model that was tuned to follow instructions")
    said = chat_prompt.messages(question, number)
    try:
        return _templated(tokenizer, said)
    except jinja2.TemplateError:  # some templates refuse a system message
        return _templated(tokenizer, chat_prompt.without_system(said))


def _templated(tokenizer: PreTrainedTokenizerBase, said: chat_prompt.Messages) -> str:
    return tokenizer.apply_chat_template(
        [{"role": role, "content": text} for role, text in said],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
    )


def answer_tokens(tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """The tokens of the label words. Raises PromptError unless each is a single one."""
    tokens = [tokenizer.encode(word, add_special_tokens=False) for word in chat_prompt.LABEL_WORDS]
    if any(len(each) != 1 for each in tokens):
        raise PromptError(f"each of {', '.join(chat_prompt.LABEL_WORDS)} must be one token: choose another model")
    return [only for (only,) in tokens]


Varied = Callable[[dict], tuple[str, list[str]]]


def lessons(
    questions: Iterable[dict], tokenizer: PreTrainedTokenizerBase, longest: int, varied: Varied | None = None
) -> Iterator[Lesson]:
    """Each candidate as text and tokens; prompts of more than `longest` are left out.

    `varied` tells how a question looks this time: its prefix and its suffixes.
    """
    number = 0
    for question in questions:
        prefix, suffixes = varied(question) if varied else (question["prefix"], question["suffixes"])
        rows = question.get("rows") or range(number, number + len(suffixes))
        number += len(suffixes)
        asked = Question(prefix, tuple(suffixes))
        for at, (label, weight, row) in enumerate(zip(question["labels"], question["weights"], rows, strict=True)):
            text = rendered(tokenizer, asked, at)
            tokens = tokenizer.encode(text, add_special_tokens=False)
            if len(tokens) <= longest:
                yield Lesson(text, tokens, label, weight, row, question.get("repo", ""))
