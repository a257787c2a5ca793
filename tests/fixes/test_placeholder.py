"""Placeholders: nothing is found where one stands, and the file still is what it was."""

from __future__ import annotations

import json
import shutil
import subprocess
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unleak.config import Config
from unleak.detect.catalog import Rule, bundled_rules, parse_rules, rule_files
from unleak.finding import Severity, Span
from unleak.fixes.change import Change, Refusal, applied
from unleak.fixes.idioms import idiom_of
from unleak.fixes.placeholder import placeholder
from unleak.fixes.source import Source
from unleak.scanner import Scanner

try:
    import tomllib
except ImportError:
    import tomli as tomllib  # type: ignore[no-redef]

VALUE = "kR8f-zQ2pW7m"
FILES = {
    "src/app.py": 'token = "{}"\n',
    "src/app.ts": "const token = `{}`;\n",
    "conf/app.json": "{}",
    "deploy/app.yaml": "{}",
    ".env": "{}",
    "run.sh": "{}",
    "app.xml": "{}",
    "notes.md": "{}",
    "my.ini": "{}",
    "Dockerfile": "{}",
    "main.tf": "{}",
}


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(config=Config(min_severity=Severity.HINT))


def source_of(text: str, path: str) -> Source:
    idiom = idiom_of(path, text)
    return Source(text, path, idiom.grammar if idiom else "")


def replaced(path: str, text: str, name: str = "STRIPE_SECRET_KEY", value: str = VALUE) -> str:
    at = text.index(value)
    lines = text[:at].split("\n")
    end = text[: at + len(value)].split("\n")
    span = Span(len(lines) - 1, len(lines[-1]), len(end) - 1, len(end[-1]))
    return applied(text, [placeholder(source_of(text, path), span, name)])


def rules() -> list[Rule]:
    return [rule for file in rule_files([bundled_rules()]) for rule in parse_rules(file, file.read_bytes())[0]]


def stands_in(change: Change, span: Span) -> bool:
    line, column = change.span[:2]
    return span[:2] < (line, column + len(change.new)) and (line, column) < span[2:]


def test_nothing_is_found_where_one_stands_whatever_stood_there(scanner: Scanner) -> None:
    left, tried, paths = [], 0, list(FILES)
    for number, rule in enumerate(rules()):
        for path in (paths[number % len(paths)], paths[(number * 7 + 3) % len(paths)]):
            example = rule.examples[0]
            text = FILES[path].format(example) if path.endswith(("py", "ts")) else example
            for finding in scanner.scan(text, path):
                tried += 1
                name = rule.id.upper().replace("-", "_")
                change = placeholder(source_of(text, path), finding.span, name)
                found = scanner.scan(applied(text, [change]), path)
                left += [(rule.id, path, each.rule) for each in found if stands_in(change, each.span)]
    assert tried > 1000
    assert not left


@pytest.mark.parametrize(
    ("path", "text", "fixed"),
    [
        ("a.py", 'key = "V"\n', 'key = "<STRIPE_SECRET_KEY>"\n'),
        ("a.py", 'url = "https://api.example.org/?key=V&a=b"\n', None),
        ("a.py", "# key V\n", None),
        ("a.js", "const key = `V`;\n", "const key = `<STRIPE_SECRET_KEY>`;\n"),
        ("a.jsx", '<A token="V">V2</A>', '<A token="<STRIPE_SECRET_KEY>">V2</A>'),
        ("a.json", '{"key": "V"}', '{"key": "<STRIPE_SECRET_KEY>"}'),
        ("a.json", '{"key": "Bearer V"}', None),
        ("a.yaml", "key: V\n", None),
        ("a.yaml", "key: 'V'\n", "key: '<STRIPE_SECRET_KEY>'\n"),
        ("a.sh", "export KEY=V\n", None),
        ("a.sh", "export KEY='V'\n", None),
        (".env", "KEY=V\n", None),
        ("a.xml", '<a key="V">V2</a>', None),
        ("a.html", '<input value="V">', None),
        ("Makefile", "KEY = V\n", None),
        ("a.md", "the key is `V`", "the key is `<STRIPE_SECRET_KEY>`"),
    ],
)
def test_says_what_belongs_there_in_the_syntax_around_it(path: str, text: str, fixed: str | None) -> None:
    text = text.replace("V2", "other").replace("V", VALUE)
    wanted = fixed.replace("V2", "other") if fixed else text.replace(VALUE, "REPLACE_WITH_STRIPE_SECRET_KEY")
    assert replaced(path, text) == wanted


@pytest.mark.parametrize("value", [VALUE, "483920175", "true"])
@pytest.mark.parametrize("form", ['{{"pin": {}, "b": 1}}', '{{"pin": "{}"}}', '["a {}"]', '{{"k": {{"pin": "x{}"}}}}'])
def test_json_stays_json(value: str, form: str) -> None:
    if "{}," in form and value == VALUE:
        pytest.skip("no JSON to begin with")
    assert json.loads(replaced("a.json", form.format(value), value=value))


@pytest.mark.parametrize("form", ["pin = {}\n", 'pin = "{}"\n', "[a]\nb = {{ pin = {} }}\n", 'p = """\n{}\n"""\n'])
def test_toml_stays_toml(form: str) -> None:
    assert tomllib.loads(replaced("a.toml", form.format("483920175"), value="483920175"))


def test_xml_stays_xml() -> None:
    for text in (f'<a b="{VALUE}"/>', f"<a>{VALUE}</a>", f"<a><![CDATA[{VALUE}]]></a>"):
        ElementTree.fromstring(replaced("a.xml", text))


def test_a_url_stays_a_url() -> None:
    url = urlsplit(replaced("a.txt", f"postgres://ada:{VALUE}@db.example.org:5432/shop?sslmode=on"))
    assert (url.hostname, url.port, url.password) == ("db.example.org", 5432, "REPLACE_WITH_STRIPE_SECRET_KEY")


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("text", ["printf %s {}", "printf %s '{}'", 'printf %s "{}"', "x={}; printf %s $x"])
def test_a_shell_reads_one_word(text: str) -> None:
    fixed = replaced("a.sh", text.format(VALUE))
    done = subprocess.run(["bash", "-c", fixed], capture_output=True, text=True, timeout=20, check=True)
    assert (done.stdout, done.stderr) == ("REPLACE_WITH_STRIPE_SECRET_KEY", "")


KEY = "\n".join(["-----BEGIN PRIVATE KEY-----", *["MIIEvQ" + "aZ3k9Lx7" * 6] * 4, "-----END PRIVATE KEY-----"])


@pytest.mark.parametrize(
    ("path", "text", "fixed"),
    [
        ("a.py", f'KEY = """{KEY}"""\n', 'KEY = """<SIGNING_KEY>"""\n'),
        ("a.py", f'KEY = """\n{KEY}\n"""\n', 'KEY = """\nREPLACE_WITH_SIGNING_KEY\n"""\n'),
        ("a.yaml", "key: |\n  " + KEY.replace("\n", "\n  ") + "\nb: 1\n", "key: |\n  REPLACE_WITH_SIGNING_KEY\nb: 1\n"),
    ],
)
def test_a_block_becomes_one_line(path: str, text: str, fixed: str) -> None:
    value = text[text.index("-----BEGIN") : text.index("END PRIVATE KEY-----") + len("END PRIVATE KEY-----")]
    assert replaced(path, text, "SIGNING_KEY", value) == fixed


def test_a_file_that_is_the_key_is_refused() -> None:
    with pytest.raises(Refusal, match="move it out of the project"):
        replaced("server.pem", KEY, value=KEY)


@given(
    st.text(alphabet=st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=40), st.booleans()
)
def test_everything_else_stays(around: str, is_quoted: bool) -> None:
    quote = '"' if is_quoted else ""
    text = f"{around}{quote}{VALUE}{quote}{around}"
    if text.count(VALUE) == 1:
        fixed = replaced("a.py", text)
        assert fixed.startswith(around + quote)
        assert fixed.endswith(quote + around)
        assert VALUE not in fixed
