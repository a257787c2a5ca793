"""What makes a line worth reading for the extractor, as patterns that one pass over a text matches."""

from __future__ import annotations

from unleak.detect.keys import NAMING, OTHER_NAMES_VIEW
from unleak.detect.literals import LOOK_BACK

_TABLE = (
    r"(?i)[,;\t|][\w \-\"'`*]*(?:pass|pwd|pw[\"' \t,;|\n]|secret|token|senha|contrase|kennwort)[^\n]*\n",
    r"[^\n]*[,;\t|]",
)
_USERS = (
    r"(?i)(?:users?|accounts|logins?|credentials|passwords)\w*\W[^\n]*[\[{(]\n",
    r"[ \t]*[\w. ]*[\[{(][ \t]?[\"']",
)


def _below(name: str, head: str, row: str) -> dict[str, str]:
    """Triggers for the rows below a head, each for one distance."""
    return {f"{name} {lines}": head + (lines - 1) * r"[^\n]+\n" + row for lines in range(1, LOOK_BACK + 1)}


# Read as bytes, one byte a code point: no look-around. The line on which a match ends is the one that is read.
TRIGGERS: dict[str, str] = {
    "name": rf"(?i)(?:{NAMING})",
    # Code is full of names: there they count where a literal, a comment or a line of raw text may hold a value.
    "quoted name": rf"(?i)(?:{NAMING})[^\n\"'`]{{0,60}}[\"'`]"
    rf"|[\"'`][ \t]{{0,2}}(?:\.equals|[=!]=)[^\n]{{0,40}}(?:{NAMING})"
    r"|(?:equals?|same)\([^\n\"'`]{0,8}[\"'`][^\n\"'`]*[\"'`], ?[\w$.>(\"'\-]*(?:pass|pwd|secret|token|key|auth)",
    "other name": OTHER_NAMES_VIEW,
    "name above": r"(?i)(?:pass|pwd|secret|token|key|auth|login)\w*[ \t]?[(=:\[{][ \t]?\n[ \t]*[\"'`]",
    "declared above": r"(?i)(?:noecho|sensitive)[\"']?[ \t]*[:=][ \t]*[\"']?true[^\n]*\n[ \t]*[\"']?default",
    "noted name": r"(?i)^(?:[ \t]*\*|(?:[^\n#/\-]|/[^\n/*]|-[^\n\-])*(?:#|//|/\*|--))"
    rf"[^\n]*(?:{NAMING})[^\n:=]{{0,30}}[:=]",
    "raw name": rf"(?i)(?:{NAMING})[\w.\-]{{0,40}}(?::[ \t]?|=)[^\s\"'`,;(){{}}\[\]=:<>]{{3,}}[ \t\]}}]*$",
    "array": rf"(?i)(?:{NAMING})[^\n\"'`]{{0,60}}[\[{{(][ \t]{{0,8}}(?:0x[0-9a-f]{{1,2}}|[0-9]{{1,3}})[ \t]{{0,4}},",
    "short name": r"(?i)(?:^|[^a-z])(?:pin|sig|sid|sas|pat|sk|kek|dek|mfa|pword|phrase)(?:[^a-z\n]|$)"
    r"|[^a-z]value[\"']?[ \t]{0,4}[:=>][ \t]{0,4}[\"'\w]",
    "header": r"(?i)(?:bearer|basic|ntlm|token|api-?key|digest|negotiate)(?:[ \t]|%20|:|=)",
    "url": r"://[^\s/:\"'<>]{0,80}:[^\s/\"'<>]{1,200}@",
    "url token": r"://[^\s/:@\"'`<>]{8,200}@[\w\[]",
    "host": r"[\w.\-]{1,40}:[^\s:@/\"'`<>(){}]{1,80}@[\w\[(.\-]",
    "account": r"(?i)(?:admin|root|guest|postgres|elastic|user|login)\w{0,20}[\"'`]?[ \t]?[:/,][ \t]?[\"'`]?\w",
    "login": r"(?i)[\w)]: [\w.@\-]+ / \S"
    r"|(?:log(?:ged)?[ \-]?in|sign in|credentials?|account:)[^\n]*[\w`](?: and |:| / |/)[^\s/]"
    r"|pass(?:word)? (?:is|was) \S|[\w.\-]@[\w.\-]+ / \S|(?:(?:create|add|insert|register|new)_?|new )user\w*\([\"'`]",
    "mail": r"[\w.\-]@[\w.\-]{1,60}[\"'][ \t]{0,4},[ \t]{0,4}[\"'`]",
    "jwt": r"eyJ[\w\-]{8}",
    "scalar": r": [|>][+\-]? ?\n[ \t]",
    "run": r"[A-Za-z0-9+/_\-]{4}[0-9][A-Za-z0-9+/_\-]{8,}(?:[^A-Za-z0-9+/_\-\n]|$)",
    "command": r"(?i)(?:sqlcmd|sshpass|ldap(?:search|add|modify|delete|passwd|whoami|compare)|smbclient|rpcclient"
    r"|htpasswd|(?:docker|podman|buildah|skopeo|oras|crane) login|mysql\w*|mariadb\w*|mongo\w*|redis-cli|mosquitto_\w+"
    r"|plink|pscp|bcp|openssl|net)[ \t](?:[^\n]*[ \t])?[\-/]"
    r"|echo[ \t][^\n|]+\|[ \t]*(?:sudo )?(?:chpasswd|passwd|docker|podman|su |sha\d+sum|md5sum)"
    r"|echo[ \t][^\n|]+\|[^\n]*(?:--password-stdin|sudo -S)"
    r"| -u[ \t]?[\w.@\-]+ -p|_authtoken[ \t]|insecure-password[ \t]|user[ \t][\w.@\-]+[ \t]+(?:on|password)[ \t]"
    r"|:(?:5432|\*):[^\s:]+:|\]:(?:587|465|25)[ \t]|(?-i:(?:PASSWORD|PASS|PWD|TOKEN|SECRET|KEY)=[^\s\"'`$)])",
    "tuple": r"(?i)^[ \t]*\([0-9'N]",
    **_below("cells", *_TABLE),
    **_below("users", *_USERS),
    "jwk": r"[\"' ,{(](?:d|p|q|dp|dq|qi|k|priv)[\"']?[ \t]?:[ \t]?[\"']",
}
CELLS = frozenset(_below("cells", *_TABLE))
"""Triggers of rows of tables."""
USERS = frozenset(_below("users", *_USERS))
"""Triggers of rows of lists of users."""
NOT_IN_CODE = frozenset(("name", "tuple")) | CELLS
"""Triggers that count outside of code alone."""
NAMES = frozenset(
    (
        "name",
        "login",
        "quoted name",
        "noted name",
        "raw name",
        "array",
        "other name",
        "name above",
    )
)
"""Triggers that say that a line names something secret."""
