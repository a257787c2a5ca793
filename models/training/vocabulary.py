"""The judge's tokenizer: byte-level BPE of 8,192 tokens, each mark of the protocol one token.

    python models/training/vocabulary.py --corpus INDEX.jsonl --files DIR --signals QUESTIONS.jsonl --out tokenizer.json

It splits text as Qwen2 does, so that llama.cpp's pre-tokenizer of that name cuts it the same way.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from unleak.judge import context, protocol

SIZE = 8192
_MARK = re.compile(r"<\|[^|]+\|>")
PADDING, END = "<|pad|>", "<|eos|>"
ANSWERS = tuple(f"<|{label}|>" for label in protocol.LABELS)
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


MOST_OF_A_KIND = 16_000_000
"""Bytes of one file type: a corpus of packages is mostly Python and JavaScript, what people write is not."""


def documents(index: Path, files: Path, seed: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Path and lines of the texts of a corpus, in a random order, as a judge would see the lines."""
    rows = [json.loads(row) for row in index.read_text(encoding="utf-8").splitlines()]
    random.Random(seed).shuffle(rows)
    read: Counter[str] = Counter()
    for row in rows:
        if read[row["suffix"]] > MOST_OF_A_KIND:
            continue
        read[row["suffix"]] += min(row["bytes"], 20_000)
        text = (files / row["file"]).read_text(encoding="utf-8", errors="replace")
        lines = [context.clipped(line, 200) for line in text.split("\n")]
        yield row["file"], [protocol.neutral(line) for line in lines if line]


def train(texts: Iterable[str], marks: Iterable[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    special = [PADDING, END, *protocol.FIELDS, *protocol.SLOTS, *ANSWERS, *marks]
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE,
        min_frequency=3,
        special_tokens=[AddedToken(text, special=True, normalized=False) for text in special],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def signals_of(questions: Path, least: int = 20) -> list[str]:
    """The marks of all signals that questions tell at least so often, in a fixed order."""
    counts: Counter[str] = Counter()
    for line in questions.read_text(encoding="utf-8").splitlines():
        for suffix in json.loads(line)["suffixes"]:
            counts.update(_MARK.findall(suffix.rpartition("<|signals|>")[2].removesuffix("<|answer|>")))
    return sorted(mark for mark, count in counts.items() if count >= least)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--corpus", type=Path, required=True)
    ask.add_argument("--files", type=Path, required=True)
    ask.add_argument("--signals", type=Path, required=True, help="questions, whose signals become tokens")
    ask.add_argument("--megabytes", type=float, default=20.0)
    ask.add_argument("--out", type=Path, required=True)
    asked = ask.parse_args()
    marks = signals_of(asked.signals)
    kinds: Counter[str] = Counter()

    def texts() -> Iterator[str]:
        read = 0
        for path, lines in documents(asked.corpus, asked.files):
            text = "\n".join(lines)[:20_000]
            kinds[path.rpartition(".")[2]] += len(text)
            read += len(text)
            yield text
            if read > asked.megabytes * 1e6:
                return

    tokenizer = train(texts(), marks)
    tokenizer.save(str(asked.out))
    print(f"{tokenizer.get_vocab_size()} tokens, {len(marks)} signals, from {dict(kinds.most_common(12))}")


if __name__ == "__main__":
    main()
