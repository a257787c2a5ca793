"""What a value proves about itself without a network: built-in checksums, structures that decode, keys that parse.

`check` asks whether a value is what its form says. `state` asks a second question, whether it is for use at all:
public, a hash, encrypted, expired, for tests. Both take the value exactly as it stands in the text, prefix
included, and never raise, whatever it is. docs/proofs.md lists all checks with their sources.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from unleak.detect import arithmetic, structures, wallets
from unleak.detect.states import STATES, State, of_any
from unleak.detect.structures import aws_account

__all__ = ["CHECKS", "MOST", "PROOFS", "State", "aws_account", "check", "state"]

MOST = 65_536
"""Longer values are not read, in code points: no key or token is, and a keystroke must not wait."""


def check(name: str, value: str) -> bool | None:
    """The outcome of the check called `name` on `value`: True it holds, False it is wrong, None cannot tell.

    What holds is a proof where PROOFS has the name, else a structure. False is made up, cut short or mistyped.
    Raises KeyError where no check has that name; CHECKS has all names.
    """
    outcome = CHECKS[name]
    return outcome(value) if value.isascii() and len(value) <= MOST else None


def state(check: str, value: str, today: date) -> State | None:
    """Why `value` is less than a secret in use; None where it does not say.

    `check` is the name of the rule's check, or empty where it has none; `today` is the day in UTC, and only what
    ended before it is expired. For signed URLs `value` may be the signature alone, which says nothing, or the URL.
    Raises KeyError where no check has that name.
    """
    if check and check not in CHECKS:
        raise KeyError(check)
    if not value.isascii() or len(value) > MOST:
        return None
    general = of_any(value)
    if general is not None or check not in STATES:
        return general
    return STATES[check](value, today)


CHECKS: Mapping[str, Callable[[str], bool | None]] = {
    "age": wallets.age,
    "atlassian": arithmetic.atlassian,
    "aws-key-id": structures.aws_key_id,
    "azure-sas": structures.azure_sas,
    "azure-shared-key": structures.azure_shared_key,
    "azure-storage": structures.azure_storage,
    "bech32": wallets.bech32,
    "bip32": wallets.extended_key,
    "cloudflare": arithmetic.cloudflare,
    "confluent": arithmetic.confluent,
    "discord": structures.discord,
    "github": arithmetic.github,
    "gitlab": arithmetic.gitlab,
    "google-service-account": structures.google_service_account,
    "grafana": arithmetic.grafana,
    "grafana-cloud": structures.grafana_cloud,
    "jfrog": structures.jfrog,
    "json": structures.json,
    "jwt": structures.jwt,
    "luhn": arithmetic.luhn,
    "mnemonic": wallets.mnemonic,
    "nkey": wallets.nkey,
    "nostr": wallets.nostr,
    "npm": arithmetic.npm,
    "openai": structures.openai,
    "otp": structures.otp,
    "password-hash": structures.password_hash,
    "private-key": structures.private_key,
    "pypi": arithmetic.pypi,
    "ripple": wallets.ripple,
    "secp256k1": wallets.secp256k1,
    "signed-url": structures.signed_url,
    "slack": structures.slack,
    "stellar": wallets.stellar,
    "teamcity": structures.teamcity,
    "telegram": structures.telegram,
    "vercel": arithmetic.vercel,
    "wif": wallets.wif,
    "wireguard": structures.wireguard,
    "zuplo": arithmetic.zuplo,
}
"""All checks by the name that rule files use."""

PROOFS = frozenset(
    """
    age atlassian bip32 cloudflare confluent github gitlab grafana nkey nostr npm pypi ripple stellar vercel wif zuplo
    """.split()
)
"""The checks that chance does not pass: arithmetic over at least 16 bits. The others check a structure.

Private keys that parse are none of them: anyone makes one for a test.
"""
