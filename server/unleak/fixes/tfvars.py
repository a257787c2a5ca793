"""Values of Terraform's and Packer's variables: the line goes, the environment fills the variable."""

from __future__ import annotations

from collections.abc import Sequence

from unleak.finding import Span
from unleak.fixes.change import Change, Move, Refusal, Secret, merged
from unleak.fixes.literals import take
from unleak.fixes.source import Source, within
from unleak.fixes.terraform import PACKER, TERRAFORM, decoded, template_at


def move(source: Source, secrets: Sequence[Secret]) -> Move:
    """Secrets of a file of values; the variables keep their names behind `TF_VAR_` or `PKR_VAR_`."""
    tool = PACKER if source.path.endswith((".pkrvars.hcl", ".pkr.hcl")) else TERRAFORM
    changes: list[Change] = []
    values: dict[str, str] = {}
    for secret in secrets:
        template = template_at(source, secret.span)
        attribute = within(template.node, ("attribute",))
        if attribute is None or source.span_of(attribute.named_children[-1]) != template.span:
            raise Refusal(
                "A part of a list or a map cannot come from the environment alone: "
                "give the value a variable of its own."
            )
        name = source.text_of(attribute.named_children[0])
        take(values, {tool.home + name: decoded(source, template)})
        span = source.span_of(attribute)
        end = (span.end_line + 1, 0)
        if span.end_line + 1 >= len(source.lines):
            end = (span.end_line, len(source.lines[span.end_line]))
        changes.append(Change(Span(span.line, 0, *end), ""))
    return Move(tuple(merged(changes)), values, (tool.note,))
