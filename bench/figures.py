"""What a bench prints: percentiles and one table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_NUMBER = tuple("-+0123456789")


def percentile(values: Sequence[float], share: float) -> float:
    """The least of `values` that at least `share` of them do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -int(-share * len(ranked) // 1) - 1)]


def spread(seconds: Sequence[float]) -> list[str]:
    """p50 and p99 in milliseconds."""
    return [f"{1000 * percentile(seconds, share):.2f}" for share in (0.5, 0.99)]


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A Markdown table: texts to the left, and whatever begins with a digit or a sign to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    numbers = [_are_numbers([row[at] for row in cells if row[at]]) for at in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        padded = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numbers, strict=True)
        ]
        return f"| {' | '.join(padded)} |"

    print(line(heads))
    rule = ["-" * (width - number) + ":" * number for width, number in zip(widths, numbers, strict=True)]
    print(line(rule))
    for row in cells:
        print(line(row))


def _are_numbers(cells: Sequence[str]) -> bool:
    return bool(cells) and all(cell.startswith(_NUMBER) for cell in cells)
