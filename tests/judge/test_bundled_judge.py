"""The judge that ships: it loads, it is small, and it tells a test from a deployment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("llama_cpp", reason="the judge needs llama.cpp: pip install 'unleak[judge]'")

from unleak.decision import Blend
from unleak.finding import Finding, Severity
from unleak.judge.bundle import Bundle, bundled
from unleak.judge.model import Model
from unleak.scanner import Scanner

PASSWORD = "P@ss" + "w0rd123!"
LOGIN_TEST = f"""package com.lumen.shop;

import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class LoginServiceTest {{

    private final LoginService loginService = new LoginService(new InMemoryUsers());

    @Test
    void rejectsUnknownUsers() {{
        assertThrows(AuthException.class, () -> loginService.authenticate("admin", "{PASSWORD}"));
    }}
}}
"""
DEPLOYMENT = f"""import os

DEBUG = False
ALLOWED_HOSTS = ["shop.lumen.example"]

DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "shop",
        "PASSWORD": "{PASSWORD}",
        "HOST": "db-1.internal",
    }}
}}
"""


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return Bundle.load(bundled())


@pytest.fixture(scope="module")
def model(bundle: Bundle) -> Iterator[Model]:
    model = Model(bundle)
    yield model
    model.close()


def judged(bundle: Bundle, model: Model, text: str, path: str) -> list[Finding]:
    scanner = Scanner(blend=Blend.of(bundle.decision))
    asked = scanner.read(text, path).asked
    questions = scanner.questions(text, path, asked)
    answers = model.judge([question for question, _ in questions], lambda: True)
    verdicts = {
        asked[at].span: verdict
        for (_, members), found in zip(questions, answers, strict=True)
        for at, verdict in zip(members, found, strict=True)
    }
    return scanner.scan(text, path, verdicts)


def test_it_is_small_enough_to_ship(bundle: Bundle) -> None:
    bundle.verify()
    assert bundle.size <= 8_000_000


def test_a_password_in_a_login_test_is_no_warning(bundle: Bundle, model: Model) -> None:
    path = "src/test/java/com/lumen/shop/LoginServiceTest.java"
    assert all(finding.severity < Severity.WARNING for finding in judged(bundle, model, LOGIN_TEST, path))


def test_the_same_password_in_deployment_settings_is_one(bundle: Bundle, model: Model) -> None:
    (finding,) = judged(bundle, model, DEPLOYMENT, "deploy/settings.py")
    assert finding.severity >= Severity.WARNING
    assert finding.span.line == DEPLOYMENT[: DEPLOYMENT.index(PASSWORD)].count("\n")


def test_a_reference_is_nothing(bundle: Bundle, model: Model) -> None:
    text = DEPLOYMENT.replace(f'"{PASSWORD}"', 'os.environ["DB_PASSWORD"]')
    assert not judged(bundle, model, text, "deploy/settings.py")
