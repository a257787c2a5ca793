"""What the extractor proposes, syntax by syntax: each example marks its secret with « and »."""

from __future__ import annotations

import pytest

from unleak.detect.catalog import Catalog
from unleak.detect.extractor import LOOK_BACK, propose
from unleak.finding import Span, Syntax
from unleak.scanner import Scanner

# path, text, key
EXAMPLES = [
    # literals and assignments
    ("a.py", 'password = "«kM7vQ2xR9z»"', "password"),
    ("a.py", "self.db_password = '«kM7vQ2xR9z»'", "self.db_password"),
    ("a.py", 'password: str = "«kM7vQ2xR9z»"', "password"),
    ("a.py", 'token = b"«kM7vQ2xR9z»"', "token"),
    ("a.py", 'config["secret"] = "«kM7vQ2xR9z»"', "secret"),
    ("a.py", 'connect(user="ada", password="«kM7vQ2xR9z»")', "password"),
    ("a.py", 'login("ada", "«kM7vQ2xR9z»")', "login"),
    ("a.py", 'if password == "«kM7vQ2xR9z»":', "password"),
    ("a.py", 'passwords = [\n    "«kM7vQ2xR9zT4bW8n»",\n]', "passwords"),
    ("a.js", "const apiKey = `«kM7vQ2xR9z»`;", "apiKey"),
    ("a.js", "key = process.env.API_KEY || '«kM7vQ2xR9z»'", "process.env.API_KEY"),
    ("a.js", 'expect(user.password).toBe("«kM7vQ2xR9z»")', "user.password"),
    ("a.ts", "const password: string = '«kM7vQ2xR9z»';", "password"),
    ("a.rs", 'let password: &str = "«kM7vQ2xR9z»";', "password"),
    ("a.go", 'password := "«kM7vQ2xR9z»"', "password"),
    ("a.java", 'private static final String PASSWORD = "«kM7vQ2xR9z»";', "PASSWORD"),
    ("a.php", "$config['password'] = '«kM7vQ2xR9z»';", "password"),
    ("a.php", "'password' => '«kM7vQ2xR9z»',", "password"),
    ("a.rb", ':password => "«kM7vQ2xR9z»"', "password"),
    ("a.py", "# password: «kM7vQ2xR9z»", "password"),
    ("a.js", "x = 1 // token=«kM7vQ2xR9z»", "token"),
    # configuration
    (".env", "DB_PASSWORD=«kM7vQ2xR9z»", "DB_PASSWORD"),
    (".env", "DB_PASSWORD=«kM7#vQ2 xR9z!»", "DB_PASSWORD"),
    (".env", "export API_TOKEN='«kM7vQ2xR9z»'", "API_TOKEN"),
    ("a.properties", "spring.datasource.password=«kM7vQ2xR9z»", "spring.datasource.password"),
    ("a.ini", "password = «kM7vQ2xR9z»", "password"),
    ("a.toml", 'password = "«kM7vQ2xR9z»"', "password"),
    ("a.yml", "password: «kM7vQ2xR9z»", "password"),
    ("a.yml", 'password: "«kM7vQ2xR9z»"', "password"),
    ("a.yml", "  - DB_PASSWORD=«kM7vQ2xR9z»", "DB_PASSWORD"),
    ("a.yml", "- name: DB_PASSWORD\n  value: «kM7vQ2xR9z»", "DB_PASSWORD"),
    ("a.yml", "tokens:\n  - «kM7vQ2xR9zT4bW8n»", "tokens"),
    ("a.yml", "password: !vault «kM7vQ2xR9z»  # old", "password"),
    ("a.json", '{"password": "«kM7vQ2xR9z»"}', "password"),
    ("a.json", '"args": "{\\"token\\": \\"«kM7vQ2xR9z»\\"}"', "token"),
    ("a.xml", "<password>«kM7vQ2xR9z»</password>", "password"),
    ("a.xml", '<add key="password" value="«kM7vQ2xR9z»"/>', "password"),
    ("a.tf", 'password = "«kM7vQ2xR9z»"', "password"),
    ("Dockerfile", "ENV DB_PASSWORD=«kM7vQ2xR9z»", "DB_PASSWORD"),
    ("Dockerfile", "ENV DB_PASSWORD «kM7vQ2xR9z»", "DB_PASSWORD"),
    (".npmrc", "//registry.example/:_authToken=«kM7vQ2xR9z»", "_authToken"),
    # commands
    ("a.sh", "export TOKEN=«kM7vQ2xR9z»", "TOKEN"),
    ("a.sh", "deploy --password «kM7vQ2xR9z» --verbose", "--password"),
    ("a.sh", "deploy --password=«kM7vQ2xR9z»", "--password"),
    ("a.sh", "curl -u ada:«kM7vQ2xR9z» https://lumen.example", "user password"),
    ("a.sh", "mysql -u ada -p«kM7vQ2xR9z» shop", "password"),
    ("a.sh", "sshpass -p «kM7vQ2xR9z» ssh host", "password"),
    # SQL
    ("a.sql", "CREATE USER ada IDENTIFIED BY '«kM7vQ2xR9z»';", "password"),
    ("a.sql", "ALTER ROLE ada PASSWORD '«kM7vQ2xR9z»';", "PASSWORD"),
    ("a.sql", "SET PASSWORD = PASSWORD('«kM7vQ2xR9z»');", "PASSWORD"),
    # addresses and headers
    ("a.py", 'url = "postgres://ada:«kM7vQ2xR9z»@db.lumen.example/shop"', "url password"),
    ("a.md", "ftp://ada:«kM7#vQ2:xR9z»@files.lumen.example", "url password"),
    ("a.yml", "repo: https://«kM7vQ2xR9zT4bW8n»@git.lumen.example/shop", "url token"),
    ("a.md", "https://lumen.example/?access_token=«kM7vQ2xR9z»&page=2", "access_token"),
    ("a.http", "Authorization: Bearer «kM7vQ2xR9z»", "Bearer"),
    ("a.http", "Authorization: Basic «YWRhOmtNN3ZRMnhSOXo=»", "Basic"),
    ("a.http", "X-Secret: «kM7vQ2xR9z»", "X-Secret"),
    # numbers, blocks, tables, prose
    ("a.c", "char key[] = {«0x4b, 0x4d, 0x37, 0x76, 0x51, 0x32, 0x78, 0x52, 0x39»};", "key"),
    ("a.py", "secret = [«12, 7, 255, 90, 14, 3, 77, 128, 9»]", "secret"),
    ("a.md", "| admin password | «kM7vQ2xR9z» |", "password"),
    ("a.md", "The password is `«kM7vQ2xR9z»`.", "password"),
    ("a.md", "Log in with admin/«kM7vQ2xR9z»", "admin password"),
    ("a.log", "12:00:01 INFO auth token=«kM7vQ2xR9z» user=7", "token"),
    ("chat.txt", "ada: the root password is «kM7vQ2xR9z»", "password"),
    ("a.ipynb", '    "password = \\"«kM7vQ2xR9z»\\"\\n",', "password"),
    # arrays, other languages, abbreviations
    ("a.ino", 'const char pass[] = "«kM7vQ2xR9z»";', "pass"),
    ("a.ino", 'char staPsk[64] = "«kM7vQ2xR9z»";', "staPsk"),
    ("a.cs", 'const string NewPw = "«kM7vQ2xR9z»";', "NewPw"),
    ("a.py", 'self.senha = "«kM7vQ2xR9z»"', "self.senha"),
    ("a.js", "const userClave = '«kM7vQ2xR9z»';", "userClave"),
    ("a.go", 'kennwort := "«kM7vQ2xR9z»"', "kennwort"),
    ("a.java", 'String adminMdp = "«kM7vQ2xR9z»";', "adminMdp"),
    ("a.yml", "contraseña: «kM7vQ2xR9z»", "contraseña"),
    ("a.yml", "hasło: «kM7vQ2xR9z»", "hasło"),
    ("a.md", "- пароль: `«kM7vQ2xR9z»`", "пароль"),
    ("a.md", "密码：«kM7vQ2xR9z»", "password"),
    ("a.md", "パスワード: `«kM7vQ2xR9z»`", "パスワード"),
    # comparisons and calls
    ("a.java", 'if ("«kM7vQ2xR9z»".equals(password)) {', "password"),
    ("a.js", 'if ("«kM7vQ2xR9z»" === user.password) {', "user.password"),
    ("a.java", 'assertEquals("«kM7vQ2xR9z»", user.getPassword());', "user.getPassword"),
    ("a.go", 'require.Equal(t, "«kM7vQ2xR9z»", user.Password)', "user.Password"),
    ("a.kt", 'userPass shouldBe "«kM7vQ2xR9z»"', "userPass"),
    ("a.m", 'if ([password isEqualToString:@"«kM7vQ2xR9z»"]) {', "password"),
    ("a.py", 'create_user("ada", "«kM7vQ2xR9z»")', "login"),
    ("a.py", 'PASSWORD = os.environ.get("PASSWORD") or "«kM7vQ2xR9z»"', "PASSWORD"),
    ("a.rs", 'env::var("DB_PASSWORD").unwrap_or_else(|_| "«kM7vQ2xR9z»".into())', "DB_PASSWORD"),
    ("a.php", "putenv('DB_PASSWORD=' . '«kM7vQ2xR9z»');", "DB_PASSWORD"),
    ("a.scala", '"password" -> "«kM7vQ2xR9z»",', "password"),
    ("a.java", 'user.setPassword(\n    "«kMvQxRz»");', "user.setPassword"),
    ("a.ipynb", "    \"login('ada', '«kM7vQ2xR9z»')\\n\",", "login"),
    ("a.py", 'headers = {"Cookie": "session_token=«kM7vQ2==|xR9zT4==»"}', "session_token"),
    # rows
    ("a.py", 'users = [\n    ("ada", "«kM7vQ2xR9z»", "admin"),\n]', "login"),
    ("a.kt", 'val users = listOf(\n    Pair("ada", "«kM7vQ2xR9z»"),\n)', "login"),
    ("a.java", 'Map<String, String> users = Map.ofEntries(\n    Map.entry("ada", "«kM7vQ2xR9z»"));', "login"),
    ("a.sql", "INSERT INTO staff (id, password, mail)\nVALUES\n    (1, '«kM7vQ2xR9z»', NULL),", "password"),
    ("a.sql", "INSERT INTO t (a, pwd) VALUES (f(1, 2), '«kM7vQ2xR9z»');", "pwd"),
    ("a.csv", "name,password,mail\nada,«kM7vQ2xR9z»,a@b.example", "password"),
    ("a.md", "| user | password |\n|---|---|\n| ada | `«kM7vQ2xR9z»` |", "password"),
    # more commands, and files that are written like them
    ("a.sh", "sqlcmd -S db -U sa -P «kM7vQ2xR9z» -Q 'select 1'", "password"),
    ("a.sh", "ldapsearch -x -D cn=ada -w «kM7vQ2xR9z»", "password"),
    ("a.sh", "smbclient //files/share -U ada%«kM7vQ2xR9z»", "password"),
    ("a.bat", "net use z: \\\\files\\share /user:ada «kM7vQ2xR9z»", "password"),
    ("a.sh", "htpasswd -b .htpasswd ada «kM7vQ2xR9z»", "password"),
    ("a.sh", "echo 'ada:«kM7vQ2xR9z»' | chpasswd", "password"),
    ("a.sh", "echo «kM7vQ2xR9z» | docker login -u ada --password-stdin", "password"),
    ("a.go", 'run("docker login -u ada -p «kM7vQ2xR9z» registry.example")', "password"),
    ("a.sh", "openssl pkcs12 -in a.p12 -passin pass:«kM7vQ2xR9z» -nodes", "pass"),
    ("haproxy.cfg", "    user ada insecure-password «kM7vQ2xR9z»", "password"),
    ("redis.conf", "user ada on >«kM7vQ2xR9z» ~* +@all", "password"),
    (".pgpass", "db.lumen.example:5432:*:ada:«kM7vQ2xR9z»", "password"),
    ("a.sql", "CREATE USER ada IDENTIFIED BY «kM7vQ2xR9z»;", "password"),
    ("site.conf", "SetEnv DB_PASSWORD «kM7vQ2xR9z»", "DB_PASSWORD"),
    ("a.tf", '  sensitive = true\n  default   = "«kM7vQ2xR9z»"', "secret"),
    ("a.yml", "    NoEcho: true\n    Default: «kM7vQ2xR9z»", "secret"),
    ("a.xml", '<property name="managerPassword">«kM7vQ2xR9z»</property>', "managerPassword"),
    # notes
    ("a.java", "// old password was «kMvQxRz»", "password"),
    ("a.py", "# ada:«kM7@vQ2xR9z»@db.lumen.example", "url password"),
    ("mail.txt", "user ada, password «kM7vQ2xR9z»", "password"),
    ("notes.txt", "* shop: ada / «kM7vQ2xR9z»", "login password"),
    ("chat.txt", "You can log in with ada and «kM7vQ2xR9z»", "login password"),
    ("a.yml", "security.auth: ada:«kM7vQ2xR9z»", "login"),
    # what its own form tells
    ("a.md", "see «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.kM7vQ2xR9zT4» there", ""),
    ("a.md", "found «kM7vQ2xR9zT4bW8nZk3mT9qL» there", ""),
]  # fmt: skip

# Lines that hold nothing of the kind.
QUIET = [
    ("a.py", "import os"),
    ("a.py", "for line in lines: print(line)"),
    ("a.py", "password = get_password()"),
    ("a.md", "Plain words without a name for it."),
    ("a.yml", "colour: green"),
    ("a.json", '{"width": 12}'),
    ("a.js", 'const hasLocation = "north";'),
    ("a.ts", 'const enclave = "north";'),
    ("a.csv", "city,country\nOslo,Norway"),
    ("a.py", 'cities = [\n    ("Oslo", "Norway"),\n]'),
    ("a.sql", "INSERT INTO city (name, land) VALUES ('Oslo', 'Norway');"),
    ("a.md", "Write to mailto:ada@lumen.example about it."),
]


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    """Without rules: what is proposed comes from the extractor."""
    return Scanner(Catalog([]))


def marked(text: str) -> tuple[str, Span]:
    """The text without its marks, and the span between them."""
    before, _, rest = text.partition("«")
    value, _, after = rest.partition("»")
    line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
    return before + value + after, Span(line, column, line, column + len(value))


@pytest.mark.parametrize(("path", "text", "key"), EXAMPLES)
@pytest.mark.parametrize("indent", ["", "\t "], ids=["", "indented"])
def test_the_secret_is_proposed_with_its_key(scanner: Scanner, indent: str, path: str, text: str, key: str) -> None:
    text, span = marked(indent + text)
    proposed = {c.span: c.key for _, _, candidates in scanner.candidates(text, path) for c in candidates}
    assert span in proposed
    assert proposed[span] == key


@pytest.mark.parametrize(("path", "text"), QUIET)
def test_nothing_is_proposed_where_nothing_hints_at_a_secret(scanner: Scanner, path: str, text: str) -> None:
    assert not [c.span for _, _, candidates in scanner.candidates(text, path) for c in candidates]


def test_in_code_bare_words_are_names() -> None:
    assert propose("password = other_password", list, code=True) == []
    assert [p.syntax for p in propose("password = other_password", list, code=False)] == [Syntax.ASSIGNMENT]


def test_each_stretch_comes_once_and_in_order() -> None:
    line = 'login("ada", password="kM7vQ2xR9z", token="kM7vQ2xR9z") # password=kM7vQ2xR9z'
    stretches = [(p.start, p.end) for p in propose(line, list, code=True)]
    assert len(stretches) >= 3
    assert stretches == sorted(set(stretches))


def test_blanks_around_a_value_are_not_part_of_it() -> None:
    line = 'password = "  kM7vQ2xR9z\t"'
    assert "kM7vQ2xR9z" in {line[p.start : p.end] for p in propose(line, list, code=True)}


# A value, and what stands around it that is no part of it.
EXACT = [
    "docker run -e API_TOKEN=«»  \\",
    "PGPASSWORD=«» psql -h db -U ada",
    "otpauth://totp/Lumen:ada?secret=«»&issuer=Lumen&digits=6",
    "oauth_token=«»&oauth_token_secret=x",
    "https://lumen.example/a.zip?token=«»#egg=a",
    '"Authorization": "Bearer «»"',
    "'Authorization' => 'Basic «»',",
    "'password' => '«»',",
    "&#34;password&#34;:&#34;«»&#34;",
    "&quot;password&quot; : &quot;«»&quot;",
    "postgres://authenticator:«»@db.lumen.example:5432/shop",
    "deploy --password pass:«»",
    "CREATE USER ada IDENTIFIED BY \"«»\";",
    "token: «»,",
]  # fmt: skip


@pytest.mark.parametrize("text", EXACT)
@pytest.mark.parametrize("value", ["kM7vQ2xR9z", "kM7vQ2xR9zT4bW8nZk3mT9qL"], ids=["short", "long"])
def test_what_stands_around_a_value_is_no_part_of_it(scanner: Scanner, value: str, text: str) -> None:
    text, span = marked(text.replace("«»", f"«{value}»"))
    proposed = {c.span for _, _, candidates in scanner.candidates(text, "notes.md") for c in candidates}
    assert span in proposed
    assert not [other for other in proposed - {span} if other[:2] == span[:2] or other[2:] == span[2:]]


def test_the_parts_of_a_token_are_not_proposed_beside_it(scanner: Scanner) -> None:
    text, span = marked("see «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0xYw.kM7vQ2xR9zT4bW8nZk3mT9qL» there")
    assert {c.span for _, _, candidates in scanner.candidates(text, "a.md") for c in candidates} == {span}


@pytest.mark.parametrize("row", range(1, LOOK_BACK + 1))
def test_rows_are_read_as_far_as_lines_are_looked_back(scanner: Scanner, row: int) -> None:
    text = "name;password\n" + "bo;\n" * (row - 1) + "ada;«kM7vQ2xR9z»"
    text, span = marked(text)
    assert span in {c.span for _, _, candidates in scanner.candidates(text, "a.csv") for c in candidates}


@pytest.mark.parametrize(
    ("line", "syntax"),
    [
        ('password = "kM7vQ2xR9z"', Syntax.ASSIGNMENT),
        ('if password == "kM7vQ2xR9z":', Syntax.COMPARISON),
        ('login("ada", "kM7vQ2xR9z")', Syntax.ARGUMENT),
        ('x = "ftp://ada:kM7vQ2xR9z@host"', Syntax.URL),
        ('h = "Authorization: Bearer kM7vQ2xR9z"', Syntax.HEADER),
        ('run("deploy --password kM7vQ2xR9z")', Syntax.FLAG),
        ("db(\"CREATE USER ada IDENTIFIED BY 'kM7vQ2xR9z'\")", Syntax.SQL),
        ("'<password>kM7vQ2xR9z</password>'", Syntax.MARKUP),
        ("# the password is kM7vQ2xR9z", Syntax.PROSE),
    ],
)
def test_the_construct_is_named(line: str, syntax: Syntax) -> None:
    of = {p.syntax for p in propose(line, list, code=True) if line[p.start : p.end] == "kM7vQ2xR9z"}
    assert syntax in of
