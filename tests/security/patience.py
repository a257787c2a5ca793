"""Reads hostile input, one case after the other, and dies in the first that takes too long.

`python patience.py values|lines|files|files-without-hyperscan SECONDS` prints each case before it begins
and `done` at the end, so the last line of its output names the culprit. The watchdog is a thread of C that
needs no lock of Python's: a regular expression that runs away cannot keep it from ending the process.
"""

from __future__ import annotations

import faulthandler
import random
import string
import sys
from collections.abc import Callable, Iterator

from unleak.detect import keys, matcher, roles, signals, values
from unleak.detect.extractor import propose
from unleak.scanner import Scanner

LINE = matcher.PIECE + matcher.OVERLAP  # more of a line is never read at once

CHARACTERS = string.punctuation + " \tax0é"
MIXED = "\"'\\-=: <_/."
TELLING = (
    *("%3D", "%3Dtoken", "=token", "token=", "key_=", "password=", "password: ", "password ", "-p ", "--key "),
    *("user:", "user/", "a:b@", "://", "://a:", "<key>", "</", "0x1,", "1, ", '\\"', "'\\''", "eyJ", "eyJ.", "a.b"),
    *('"a", ', "name:", "value:", "|key", "basic ", "pwd(", "login(", "# key ", "//", "export ", "is ", "\u2028"),
)
UNITS = (*CHARACTERS, *(a + b for a in MIXED for b in MIXED + "a0" if a != b), *TELLING)
HEADS = ("", 'password = "', "%3D secret: ")
TAIL = "!x"  # what ends otherwise than it goes on is what patterns try again and again

Case = tuple[str, Callable[[], object]]


def repeated(size: int) -> Iterator[tuple[str, str]]:
    """Texts of at most `size` code points and how they are made."""
    for unit in UNITS:
        for head in HEADS:
            text = head + unit * (size // len(unit))
            yield f"{head!r}, {unit!r} repeated", text[: size - len(TAIL)] + TAIL


def of_values() -> Iterator[Case]:
    for made, text in repeated(values.MAX_LENGTH):
        for read in (values.is_placeholder, values.is_reference, values.value_signals, keys.key_signals):
            yield f"{read.__name__}: {made}", lambda read=read, text=text: read(text)
        yield f"role_of: {made}", lambda text=text: roles.role_of(text)


def of_lines() -> Iterator[Case]:
    for made, text in repeated(LINE):
        yield f"line_signals: {made}", lambda text=text: signals.line_signals(text)
        for code in (True, False):
            yield f"propose, code {code}: {made}", lambda text=text, code=code: propose(text, list, code)
    for unit in UNITS:
        above = [unit * (LINE // len(unit))] * 6
        yield f"propose below {unit!r} repeated", lambda above=above: propose('  "kM7vQ2xR9z",', lambda: above, True)
        yield f"propose below {unit!r} repeated", lambda above=above: propose("value: kM7vQ", lambda: above, False)


def of_files(scanner: Scanner, size: int, *paths: str) -> Iterator[Case]:
    alphabet = string.ascii_letters + string.digits + "+/"
    random_text = "".join(random.Random(1).choices(alphabet, k=1_000_000))
    begin = "-----BEGIN RSA PRIVATE" + " KEY-----\n"
    files = {
        **{f"{unit!r} repeated": unit * (size // len(unit)) for unit in "\"'`\\()[]{}<>-=:,#/.@|% \ta1"},
        **{f"{unit!r} repeated": unit * (size // 5 // len(unit)) for unit in (*TELLING, "a1", "//a", "#a")},
        "base64": random_text,
        "base64 that ends": random_text + "==\n",
        "lines that begin something": "-----BEGIN\n" * (size // 5),
        "lines that begin a key": begin * (size // 5),
        "keys that begin and never end": (begin + "MIIE" * 16 + "\n") * (size // 50),
        "deep JSON on a line": '{"password":' * (size // 50) + "1" + "}" * (size // 50),
        "deep JSON on lines": '{"password":\n' * (size // 50) + "1" + "}\n" * (size // 50),
        "deep brackets": "[" * size + "]" * size,
        "empty lines": "\n" * size,
        "lines that end in CR": "password = \r" * (size // 20),
        "no code point whole": "\udc80" * size,
    }
    for name, text in files.items():
        for path in paths:
            yield f"{path}: {name}", lambda text=text, path=path: scanner.scan(text, path)


def cases(kind: str) -> Iterator[Case]:
    if kind == "values":
        return of_values()
    if kind == "lines":
        return of_lines()
    if kind == "files":
        return of_files(Scanner(), 1_000_000, "a.yml", "a.py")
    matcher.engine_for = matcher.LiteralEngine
    return of_files(Scanner(), 100_000, "a.yml")


def main(kind: str, seconds: float) -> None:
    for name, read in cases(kind):
        print(name, flush=True)
        faulthandler.dump_traceback_later(seconds, exit=True)
        read()
        faulthandler.cancel_dump_traceback_later()
    print("done")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
