"""What a file is for and how it is written, by its path."""

from __future__ import annotations

import pytest

from unleak.detect.roles import family_of, file_signals, is_code, role_of
from unleak.finding import Role

ROLES = {
    Role.LIVE: "src/app.py config/prod.yml latest.py contest/main.go .env protest.rb Dockerfile credentials",
    Role.TEST: "tests/a.py src/app_test.go spec/user_spec.rb src/__tests__/a.js LoginTest.java a/b/UserSpec.kt "
    "test/fixtures/users.json conftest.py cypress/e2e/a.ts src\\test\\java\\A.java testdata/x",
    Role.SAMPLE: "examples/app.py .env.example config.sample.yml demo/main.js templates/a.html sample/.env",
    Role.DOCS: "README.md docs/setup.py guide/a.rst CHANGELOG notes.txt wiki/page man.1",
    Role.VENDORED: "vendor/a.go node_modules/x/index.js third_party/lib.c static/jquery.min.js site-packages/a.py",
    Role.LOCK: "package-lock.json app/yarn.lock poetry.lock go.sum Cargo.lock pnpm-lock.yaml requirements.lock",
    Role.TRANSLATION: "locales/de.json i18n/a.yml messages_fr.properties app.po res/values/strings.xml lang/en.php",
}
FAMILIES = {
    "code": "a.py b.JS c.tsx src/Main.java x.gradle",
    "env": ".env .env.local prod.env app.properties a.toml settings.ini .npmrc",
    "yaml": "a.yml b.yaml",
    "json": "a.json b.ipynb",
    "xml": "pom.xml a.csproj",
    "shell": "a.sh Dockerfile Dockerfile.prod Makefile Jenkinsfile b.ps1",
    "prose": "README.md a.txt b.log",
    "sql": "a.sql",
    "key": "id.pem server.key",
    "hcl": "main.tf",
    "other": "notes id_rsa a.unknown folder.py/notes",
}


@pytest.mark.parametrize(("role", "path"), [(role, path) for role, paths in ROLES.items() for path in paths.split()])
def test_role(role: Role, path: str) -> None:
    assert role_of(path) is role


@pytest.mark.parametrize(
    ("family", "path"), [(name, path) for name, paths in FAMILIES.items() for path in paths.split()]
)
def test_family(family: str, path: str) -> None:
    assert family_of(path) == family
    assert is_code(path) is (family == "code")


def test_signals_name_role_and_family() -> None:
    assert file_signals("src/app.py") == ("role:live", "file:code")


def test_a_file_of_tests_stays_one_whatever_else_it_is() -> None:
    assert file_signals("vendor/lib/tests/a.yml") == ("role:vendored", "file:yaml", "role:test")
