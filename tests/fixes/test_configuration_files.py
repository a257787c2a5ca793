"""Configuration files: what the corpus cannot say of their fixes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixes.corpus import Case, cases
from unleak.finding import Span
from unleak.fixes.change import Refusal, Secret, applied, merged
from unleak.fixes.idioms import idiom_of
from unleak.fixes.source import Source
from unleak.fixes.yaml import dialect_of
from unleak.fixes.yaml_text import decoded, scalar_at

KINDS = ("YAML", "Terraform", "Terraform values", "HCL", "JSON", "XML", "TOML")
CASES = [case for case in cases() if case.language in KINDS]


def scalar(text: str, value: str) -> tuple[Source, Span]:
    line = next(at for at, line in enumerate(text.split("\n")) if value in line)
    column = text.split("\n")[line].index(value)
    return Source(text, "a.yaml", "yaml"), Span(line, column, line, column + len(value))


def fixed(path: str, text: str, *names: str) -> str:
    """The text after its values `v1…`, `v2…` moved to variables of these names."""
    secrets = []
    for at, name in enumerate(names, 1):
        value = f"v{at}-kR8fzQ"
        for line, content in enumerate(text.split("\n")):
            if value in content:
                column = content.index(value)
                secrets.append(Secret(Span(line, column, line, column + len(value)), name))
    idiom = idiom_of(path, text)
    assert idiom is not None
    return applied(text, merged(idiom.move(Source(text, path, idiom.grammar), secrets).changes))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("a:\n  b:\n    c: VALUE\n", ("a", "b", "c")),
        ("a:\n- b: 1\n  c: VALUE\n", ("a", "c")),
        ("a:\n  b: |\n    c: 1\n  d:\n    - - e: VALUE\n", ("a", "d", "e")),
        ("a: {b: [x, {c: VALUE}]}\n", ("a", "b", "c")),
        ("a: 1\n---\n'b c':\n  d: VALUE\n", ("b c", "d")),
        ("a:\n  b: |\n    first\n    VALUE\n", ("a", "b")),
        ("a:\n  {{- if .x }}\n  b: VALUE\n  {{- end }}\n", ("a", "b")),
        ('x: "open\na:\n  b: VALUE\n', ("a", "b")),
    ],
    ids=["nested", "same column", "blocks", "brackets", "documents", "in a block", "template", "half typed"],
)
def test_the_keys_above_a_value(text: str, keys: tuple[str, ...]) -> None:
    source, span = scalar(text, "VALUE")
    assert scalar_at(source, span).keys == keys


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: VALUE", "VALUE"),
        ("a: 'it''s VALUE'", "it's VALUE"),
        ('a: "\\x41\\u00e9\\n\\"VALUE"', 'Aé\n"VALUE'),
        ("a: |\n  one\n   VALUE\n", "one\n VALUE\n"),
        ("a: |-\n  one\n  VALUE\n", "one\nVALUE"),
        ("a: one\n  VALUE\n", "one VALUE"),
        ("a: 'one\n\n  VALUE'\n", "one\nVALUE"),
    ],
    ids=["plain", "single", "double", "block", "stripped block", "folded plain", "folded quotes"],
)
def test_what_a_scalar_means(text: str, value: str) -> None:
    source, span = scalar(text, "VALUE")
    assert decoded(source, scalar_at(source, span)) == value


@pytest.mark.parametrize(
    ("path", "text", "dialect"),
    [
        ("compose.prod.yml", "a: 1", "compose"),
        ("x/docker-compose.yaml", "a: 1", "compose"),
        ("k.yaml", "kind: Pod\napiVersion: v1\n", "kubernetes"),
        (".github/workflows/a.yml", "a: 1", "actions"),
        ("ci/.gitlab-ci.yml", "a: 1", "gitlab"),
        ("charts/a/values-prod.yaml", "a: 1", "helm values"),
        ("play.yml", "- hosts: all\n  tasks: []\n", "ansible"),
        ("stack.yaml", "Resources:\n  A:\n    Type: AWS::S3::Bucket\n", "compose"),
        ("infra.yaml", "Resources:\n  A:\n    Type: AWS::S3::Bucket\n", "cloudformation"),
        ("settings.yaml", "a: 1", ""),
    ],
    ids=str,
)
def test_the_dialect_of_a_file(path: str, text: str, dialect: str) -> None:
    assert dialect_of(Source(text, path, "yaml")) == dialect


def test_a_container_gets_one_entry_a_variable() -> None:
    head = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: shop\nspec:\n  containers:\n    - name: web\n"
    entry = "        - name: TOKEN\n          valueFrom:\n            secretKeyRef:\n"
    entry += "              name: shop-secrets\n              key: TOKEN\n"
    text = head + '      args: ["--a=v1-kR8fzQ", "--b=v1-kR8fzQ"]\n'
    once = fixed("pod.yaml", text.replace("--b=v1-kR8fzQ", "--b"), "TOKEN")
    assert once == head + "      env:\n" + entry + '      args: ["--a=$(TOKEN)", "--b"]\n'
    again = fixed("pod.yaml", once.replace('"--b"', '"--b=v1-kR8fzQ"'), "TOKEN")
    assert again == head + "      env:\n" + entry + '      args: ["--a=$(TOKEN)", "--b=$(TOKEN)"]\n'


def test_a_step_gets_its_secrets_once() -> None:
    head = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
    text = head + "      - name: x\n        run: |\n          a v1-kR8fzQ\n          b 'v2-kR8fzQ'\n"
    wanted = head + (
        "      - name: x\n        env:\n          A: ${{ secrets.A }}\n          B: ${{ secrets.B }}\n"
        '        run: |\n          a "$A"\n          b "$B"\n'
    )
    assert fixed(".github/workflows/a.yml", text, "A", "B") == wanted
    more = wanted.replace('b "$B"', 'b "$B" v1-kR8fzQ')
    assert fixed(".github/workflows/a.yml", more, "A") == wanted.replace('b "$B"', 'b "$B" "$A"')


def test_a_variable_of_terraform_is_declared_once() -> None:
    text = 'locals {\n  a = "v1-kR8fzQ"\n}\n\nvariable "token" {\n  sensitive = true\n}\n'
    assert fixed("main.tf", text, "TOKEN") == text.replace('"v1-kR8fzQ"', "var.token")


@pytest.mark.parametrize("case", CASES, ids=str)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_half_typed_files_give_a_fix_or_a_refusal(case: Case, data: st.DataObject) -> None:
    """Any lines may be missing, cut or doubled: nothing else than a Refusal is raised, and the edits fit the text."""
    secrets = case.secrets
    lines = case.text.split("\n")
    kept = {line for secret in secrets for line in range(secret.span.line, secret.span.end_line + 1)}
    at = data.draw(st.sampled_from(sorted(set(range(len(lines))) - kept) or [0]))
    if at in kept:
        return
    cut = data.draw(st.integers(0, len(lines[at])))
    lines[at] = data.draw(st.sampled_from([lines[at][:cut], lines[at][cut:], lines[at][:cut] + '"', "{" + lines[at]]))
    text = "\n".join(lines)
    idiom = idiom_of(case.file, text)
    assert idiom is not None
    try:
        move = idiom.move(Source(text, case.file, idiom.grammar, case.beside.get), secrets)
    except Refusal:
        return
    assert applied(text, merged(move.changes)) != text
