"""What the names tell that values are given to."""

from __future__ import annotations

import pytest

from unleak.detect.keys import key_signals, names_credential, names_secret

KINDS = {
    "password": "password DB_PASSWORD dbPassword user.password passwd passphrase MYSQL_PWD password_confirmation pass"
    " newPw wifi_psk staPsk senha user_senha senhaBanco contrasena contraseña kennwort hasło clave userClave mdp"
    " adminMdp parol пароль wachtwoord lösenord 密码 パスワード",
    "secret": "client_secret SECRET AppSecret secrets",
    "token": "token access_token authToken JWT bearer",
    "api key": "api_key apiKey x-api-key AWS_ACCESS_KEY stripe_key encryption-key",
    "credential": "credentials creds",
    "otp": "otp totp_seed",
    "login": "login signin",
    "auth": "auth Authorization",
    "cookie": "session cookie csrf salt",
    "signature": "signature",
    "pin": "pin user_pin",
    "key": "key row_key",
    "user": "user mail",
    "other": "name2 colour x",
    "none": [""],
}


@pytest.mark.parametrize(
    ("kind", "key"),
    [(kind, key) for kind, keys in KINDS.items() for key in (keys.split() if isinstance(keys, str) else keys)],
)
def test_the_strongest_kind_comes_first(kind: str, key: str) -> None:
    assert key_signals(key)[0] == f"key:{kind}"


@pytest.mark.parametrize(
    ("key", "signal"),
    [
        ("public_key", "key is public"),
        ("client_id", "key is public"),
        ("password_hash", "key is hash"),
        ("password_min_length", "key is about"),
        ("tokenUrl", "key is about"),
        ("Auth::token", "key is about"),
        ("show_password", "key is negative"),
        ("isToken", "key is negative"),
        ("API_KEY", "key is upper"),
    ],
)
def test_what_weakens_a_key(key: str, signal: str) -> None:
    assert signal in key_signals(key)
    assert signal not in key_signals("password")


def test_the_last_part_of_a_path_names_most() -> None:
    assert key_signals("secrets.password")[0] == "key:password"
    assert key_signals("secrets.colour")[0] == "key:above secret"


@pytest.mark.parametrize("name", "password API_KEY authToken pw my_pin sk Bearer session_id".split())
def test_names_of_secrets(name: str) -> None:
    assert names_secret(name)


@pytest.mark.parametrize("name", "name colour spinner x pattern hasLocation enclave parole eisenhart upward".split())
def test_names_of_other_things(name: str) -> None:
    assert not names_secret(name)


@pytest.mark.parametrize("name", "password api_key authToken client_secret newPw clave".split())
def test_names_of_credentials(name: str) -> None:
    assert names_credential(name)


@pytest.mark.parametrize("name", "author sign key password_hash tokenUrl colour".split())
def test_names_of_what_is_none(name: str) -> None:
    assert not names_credential(name)
