"""Objective-C: `NSProcessInfo.processInfo.environment[@"NAME"]`; strings join by stringWithFormat."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from unleak.fixes.c_strings import Strings, is_whole, pieces
from unleak.fixes.change import Change, Refusal, Secret
from unleak.fixes.source import Source

READ = 'NSProcessInfo.processInfo.environment[@"{}"]'
_PLAIN = 'getenv("{}")'
_ON_A_DEVICE = re.compile(r"(?:UIKit|SwiftUI|WatchKit)\b")


def placed(source: Source, strings: Strings, secrets: Sequence[Secret]) -> list[Change]:
    """What takes the place of strings in Objective-C: `@"…"` and those of C."""
    from unleak.fixes.c import declaration_changes

    foundation = "@" in strings.opening
    read = READ if foundation else _PLAIN
    if is_whole(source, strings, secrets):
        value = read.format(secrets[0].name)
        return declaration_changes(source, strings, value) or [Change(strings.span, value)]
    if not foundation:
        raise Refusal(
            f'C joins strings while it compiles: build this text with snprintf and getenv("{secrets[0].name}").'
        )
    if strings.mixed:
        raise Refusal("Macros stand among these strings: join them with stringWithFormat, then move the value.")
    format_, reads = "", ""
    for part in pieces(source, strings, secrets):
        if isinstance(part, str):
            format_ += part.removeprefix("@")[1:-1].replace("%", "%%")
        else:
            format_ += "%@"
            reads += f", {READ.format(part.name)}"
    value = f'[NSString stringWithFormat:@"{format_}"{reads}]'
    return declaration_changes(source, strings, value) or [Change(strings.span, value)]


def notes(source: Source) -> Iterator[str]:
    """What to know of variables on a device."""
    if _ON_A_DEVICE.search(source.text):
        yield "An app on a device has only the variables that Xcode starts it with: fetch the value from your server."
