"""Rules, signals and verdicts in, findings out: the one place where something is reported or not.

A format that is unmistakable, or whose checksum holds, is reported at once; a judge may only lower its severity.
Everything else is weighed: the log-odds of its signals and words add up to a probability, which must reach the
threshold of the weights file. Where a judge's verdict is known both are blended, as the judge's bundle says, and
where none is known although a judge is asked, the finding is provisional.
"""

from __future__ import annotations

import hashlib
import json
import math
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib import resources
from typing import NamedTuple

from unleak.detect import keys, roles, signals, values, wording
from unleak.finding import Candidate, Disputed, Finding, Role, Severity, Span, Syntax, Verdict
from unleak.judge.protocol import Asked


class Weights(NamedTuple):
    """How much each signal and each word speaks for a secret (log-odds), and from where on it is reported.

    Fitted by models/training/prescore.py on labelled files; models/training/README.md says on which and how.
    """

    bias: float
    signals: dict[str, float]
    report: float  # least probability of a finding
    warn: float  # least probability of a warning
    keep: float  # least probability by signals alone of a candidate whose words are read
    word_bias: float
    word_scale: float  # what one unit of a word's weight adds


@cache
def weights() -> Weights:
    text = resources.files("unleak").joinpath("weights.json").read_text(encoding="utf-8")
    return Weights(**json.loads(text))


@cache
def _words() -> array[int]:
    """The weight of each bucket of `wording`, in units of `word_scale`."""
    return array("b", resources.files("unleak").joinpath("wording.bin").read_bytes())


class Blend(NamedTuple):
    """How a verdict and the probability by signals become one; fitted on labelled files, kept in the bundle."""

    signals: float  # weight of the log-odds by signals and words
    judge: float  # weight of the judge's log-odds of a credential, live or not
    bias: float
    ask: float  # least probability by signals of a candidate that the judge is asked about
    report: float  # least blended probability of a finding
    warn: float  # least blended probability of a warning
    live: float  # least share of `secret` in `secret` and `test` of a warning

    @classmethod
    def of(cls, numbers: Mapping[str, float]) -> Blend:
        """The blend of a bundle's manifest; a ValueError names what is missing."""
        missing = [name for name in cls._fields if name not in numbers]
        if missing:
            raise ValueError(f"the bundle says nothing on {', '.join(missing)} in [decision]: get a newer bundle")
        return cls(*[numbers[name] for name in cls._fields])

    def likely(self, by_signals: float, verdict: Verdict) -> float:
        """The probability of a credential of any kind by signals and verdict."""
        credential = verdict.secret + verdict.test
        return _likelihood(self.bias + self.signals * _log_odds(by_signals) + self.judge * _log_odds(credential))


def _log_odds(probability: float) -> float:
    clipped = max(1e-4, min(probability, 1 - 1e-4))
    return math.log(clipped / (1 - clipped))


def _likelihood(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(log_odds, -50.0)))


VerdictOf = Callable[[Span], "Verdict | None"]


class Weighed(NamedTuple):
    """A candidate with what rules, signals and a judge say of it."""

    candidate: Candidate
    probability: float  # of being a credential of any kind, live or not
    proven: bool  # its checksum holds
    certain: bool  # its format needs no further opinion
    near_miss: bool = False  # it begins like an unmistakable format and is none: cut, changed or made up
    verdict: Verdict | None = None


class Decided(NamedTuple):
    """What came of the candidates of one line."""

    findings: list[tuple[Candidate, Finding]]  # in order, none over another, also silenced ones
    asked: list[Asked]  # what a judge should be asked about, in order
    disputed: list[Disputed]  # what it was asked about and sees in another way, in order


def is_possible(candidate: Candidate) -> bool:
    """Whether the value could be a secret at all: it has a size, and is no look-up and no placeholder."""
    return not impossibility(candidate)


def impossibility(candidate: Candidate) -> str:
    """Why a value cannot be a secret, for people; empty where it can."""
    value, rule = candidate.secret, candidate.rule
    if candidate.syntax is Syntax.BLOCK and rule is not None:
        return ""
    if not values.MIN_LENGTH <= len(value) <= values.MAX_LENGTH:
        return f"{len(value)} characters are no size of a secret"
    if not values.could_be_secret(value):
        if values.is_reference(value):
            return "it says where a value comes from and is none"
        return "it is a placeholder" if values.is_placeholder(value) else "it is a hash, a public key or a mere word"
    if rule is not None and not rule.context:
        return ""
    if rule is None and keys.names_public(candidate.key):
        return "its name says that everyone may see it"
    if keys.names_id(candidate.key) and values.shape_of(value) == "uuid":
        return "its name and its form say that it identifies something"
    if values.is_no_token(value) and keys.key_signals(candidate.key)[0] not in _PASSWORDS:
        return "no token has a question mark in it, and its name says nothing of a password"
    return ""


_PASSWORDS = ("key:password", "key:login", "key:secret", "key:pin")


def features(candidate: Candidate, line: str, path: str, start: int) -> list[str]:
    """All signals of a candidate that begins at `start` in `line`."""
    return [*signals.own_signals(candidate, line, path, start), *signals.line_signals(line)]


def probability(candidate: Candidate, line: str, path: str, start: int) -> float:
    """How likely the candidate is a credential of any kind, by its signals and words alone (0 to 1).

    What the signals all but rule out is not weighed further: its words are not read, and at worst not its line.
    """
    return _probability(candidate, signals.own_signals(candidate, line, path, start), line, path, start)


def _probability(candidate: Candidate, own: Iterable[str], line: str, path: str, start: int) -> float:
    of = weights()
    least = _log_odds(of.keep)
    score = of.bias + _sum(own)
    if score + _best_line() < least:
        return 0.0
    score += _sum(signals.line_signals(line))
    if score < least:
        return 0.0
    words = _words()
    score += of.word_bias + of.word_scale * sum([words[at] for at in wording.wording(candidate, line, path, start)])
    return _likelihood(score)


def told(found: Iterable[str]) -> tuple[str, ...]:
    """The signals that a judge is told of a candidate; not what they come to, which it would repeat."""
    return tuple([signal for signal in found if " & " not in signal and not signal.startswith("rule ")])


def _sum(found: Iterable[str]) -> float:
    of = weights().signals
    return sum([of[signal] for signal in found if signal in of])


@cache
def _best_line() -> float:
    return sum(weight for signal, weight in weights().signals.items() if signal.startswith("line:") and weight > 0)


def decide(
    candidates: Iterable[Candidate],
    line: str,
    shift: int,
    path: str,
    today: date | None = None,
    blend: Blend | None = None,
    verdict_of: VerdictOf = lambda _: None,
) -> Decided:
    """The findings among the candidates of one line, and with a `blend` what a judge should be asked.

    `line` is the line or, where it is very long, the piece of it that begins at column `shift`. What is known
    to be no secret (a public half, a hash) is among the findings, and silenced.
    """
    scored: list[tuple[Candidate, float]] = []
    asked: dict[Span, Asked] = {}
    keyed = [candidate for candidate in candidates if is_possible(candidate)]
    keys = {candidate.span: candidate.key for candidate in keyed if candidate.key}
    for candidate in keyed:
        if candidate.rule is not None and candidate.span in keys:
            candidate = candidate._replace(key=keys[candidate.span])
        likely = -1.0
        if blend is not None and not _is_public(candidate):
            start = candidate.span.column - shift
            own = signals.own_signals(candidate, line, path, start)
            likely = _probability(candidate, own, line, path, start)
            is_format = candidate.rule is not None and candidate.rule.distinctive
            # of two candidates with one span it is asked about that which a rule knows
            if (likely >= blend.ask or is_format) and (candidate.rule is not None or candidate.span not in asked):
                found = told([*own, *signals.line_signals(line)])
                asked[candidate.span] = Asked(candidate.span, candidate.key, found)
        scored.append((candidate, likely))
    kept = _kept(scored, line, shift, path, blend, verdict_of)
    taken = [weighed.candidate.span for weighed in kept]
    findings = [(weighed.candidate, _finding(weighed, line, shift, path, taken, today, blend)) for weighed in kept]
    disputed = []
    if any(verdict_of(span) for span in asked):
        disputed = _disputed(scored, kept, _kept(scored, line, shift, path, None, verdict_of), verdict_of)
    return Decided(findings, sorted(asked.values()), disputed)


def _kept(
    scored: Iterable[tuple[Candidate, float]],
    line: str,
    shift: int,
    path: str,
    blend: Blend | None,
    verdict_of: VerdictOf,
) -> list[Weighed]:
    """The candidates of a line that are worth reporting, in order, none over another.

    Each comes with its probability by signals, below 0 where that is not known yet.
    """
    best: dict[Span, Weighed] = {}
    for candidate, likely in scored:
        weighed = _weigh(candidate, line, shift, path, likely, blend, verdict_of)
        known = best.get(candidate.span)
        if weighed is not None and (known is None or _rank(weighed) > _rank(known)):
            best[candidate.span] = weighed
    kept: list[Weighed] = []
    for weighed in sorted(best.values(), key=_rank, reverse=True):
        if not any(overlap(weighed.candidate.span, other.candidate.span) for other in kept):
            kept.append(weighed)
    return sorted(kept, key=lambda weighed: weighed.candidate.span)


def _disputed(
    scored: Iterable[tuple[Candidate, float]],
    judged: Iterable[Weighed],
    by_rules: Sequence[Weighed],
    verdict_of: VerdictOf,
) -> list[Disputed]:
    """What rules and signals report and a judge takes for none, and what is reported because of a judge alone."""
    disputed = []
    for weighed in by_rules:
        verdict = verdict_of(weighed.candidate.span)
        if verdict is not None and verdict.safe > 0.5:
            disputed.append(Disputed(weighed.candidate, weighed.probability, verdict, True))
    for weighed in judged:
        candidate, verdict = weighed.candidate, weighed.verdict
        if verdict is None or verdict.safe > 0.5 or any(overlap(candidate.span, o.candidate.span) for o in by_rules):
            continue
        likely = next(likely for other, likely in scored if other is candidate)
        disputed.append(Disputed(candidate, likely, verdict, False))
    return sorted(disputed, key=lambda each: each.span)


def _is_public(candidate: Candidate) -> bool:
    return candidate.rule is not None and candidate.rule.public


def _weigh(
    candidate: Candidate,
    line: str,
    shift: int,
    path: str,
    likely: float,
    blend: Blend | None,
    verdict_of: VerdictOf,
) -> Weighed | None:
    """The candidate where it is worth reporting; `likely` by signals, below 0 where that is not known yet."""
    rule = candidate.rule
    proof: bool | None = None
    least = weights().report
    if rule is not None:
        if rule.public:
            return Weighed(candidate, 0.0, False, True)
        proven = False
        if rule.checksum:
            from unleak.detect import checksums  # what it needs would cost every start

            proof = checksums.check(rule.checksum, candidate.secret)
            proven = proof is True and rule.checksum in checksums.PROOFS
        if proof is False and rule.checksum in _WHOLE:
            return None
        if rule.entropy and values.entropy(candidate.secret) < rule.entropy:
            return None
        filled = values.is_filler(candidate.secret)
        if proven or (rule.distinctive and proof is not False and not filled):
            return Weighed(candidate, 0.99 if proven else 0.95, proven, True, False, verdict_of(candidate.span))
    if likely < 0:
        likely = probability(candidate, line, path, candidate.span.column - shift)
    verdict = verdict_of(candidate.span) if blend is not None else None
    is_near_miss = bool(candidate.like) and signals.is_random(candidate.secret)
    if blend is not None and verdict is not None:
        likely = blend.likely(likely, verdict)
        return Weighed(candidate, likely, False, False, is_near_miss, verdict) if likely >= blend.report else None
    if rule is not None and rule.distinctive and not filled:
        likely = max(likely, least)  # a checksum that fails makes it doubtful and not unseen
    if is_near_miss:
        return Weighed(candidate, likely, False, False, near_miss=True) if likely >= least else None
    named = rule is not None and rule.context and (rule.kind == "access-key-id" or not keys.names_other(candidate.key))
    if named and signals.is_random(candidate.secret) and signals.is_near(candidate, line):
        likely = max(likely, least)  # a provider's word right beside a value of its form
    return Weighed(candidate, likely, False, False) if likely >= least else None


_WHOLE = ("private-key", "google-service-account")
"""Checks that fail only for what is no key at all: `BEGIN PRIVATE KEY` around an ellipsis."""
_PROTOCOLS = ("http", "generic", "jwt", "databases")
"""Providers of rules that say how a secret travels and not whose it is."""


def _rank(weighed: Weighed) -> tuple[bool, bool, bool, bool, bool, float, int]:
    candidate = weighed.candidate
    return (
        candidate.syntax is Syntax.BLOCK and candidate.rule is not None,
        weighed.proven,
        weighed.certain,
        not candidate.wrapping,
        candidate.rule is not None and candidate.rule.provider not in _PROTOCOLS,
        weighed.probability,
        len(candidate.value),
    )


def overlap(one: Span, other: Span) -> bool:
    """Whether two stretches share at least one character."""
    return one[:2] < other[2:] and other[:2] < one[2:]


# --- what a finding says --------------------------------------------------------------------------------

_GENERIC = {
    "password": ("generic-password", "password", "password"),
    "login": ("generic-password", "password", "password"),
    "pin": ("generic-password", "password", "access code"),
    "token": ("generic-token", "api-token", "token"),
    "auth": ("generic-token", "api-token", "token"),
    "cookie": ("generic-token", "session-token", "session value"),
    "otp": ("generic-secret", "secret-key", "one-time password seed"),
    "api key": ("generic-api-key", "api-token", "API key"),
    "key": ("generic-api-key", "secret-key", "key"),
}
_OTHER = ("generic-secret", "secret-key", "secret")
_ROLES = {Role.TEST: "a test", Role.SAMPLE: "a sample", Role.DOCS: "documentation"}


def _finding(
    weighed: Weighed,
    line: str,
    shift: int,
    path: str,
    taken: Sequence[Span],
    today: date | None,
    blend: Blend | None,
) -> Finding:
    candidate, role = weighed.candidate, roles.role_of(path)
    rule = candidate.rule
    if rule is not None:
        name, kind, what = rule.id, rule.kind, rule.description
    else:
        name, kind, what = _generic(candidate)
    state = _state(candidate, line, today)
    severity = _severity(weighed, line, role, blend)
    if state in _WEAKENED:
        severity = min(severity, Severity.INFORMATION)
    start = candidate.span.column - shift
    return Finding(
        span=candidate.span,
        rule=name,
        kind=kind,
        severity=severity,
        confidence=round(weighed.probability, 2),
        decided_by="rule" if weighed.certain else "judge" if weighed.verdict else "signals",
        message=_WEAKENED.get(state, "{}").format(_message(weighed, what, severity, role)),
        fingerprint=_fingerprint(path, name, candidate.key, _masked(line[:start], shift, taken)),
        silenced="public, no secret" if rule is not None and rule.public else _HARMLESS.get(state, ""),
        provisional=blend is not None and not weighed.certain and weighed.verdict is None,
    )


_HARMLESS = {"public": "a public key or certificate, no secret", "hash": "a password hash, no secret"}
_WEAKENED = {
    "encrypted": "{} It is encrypted: only with its passphrase is it of use.",
    "expired": "{} It has expired.",
    "test": "{} It is of a test mode or a sandbox.",
}
_IN_QUERY = ("azure-sas", "signed-url")  # whose end stands elsewhere in the URL


def _state(candidate: Candidate, line: str, today: date | None) -> str:
    """Why the secret is less than one in use, a value of `checksums.State`; empty where it does not say."""
    from unleak.detect import checksums

    check = candidate.rule.checksum if candidate.rule is not None else ""
    state = checksums.state(check, line if check in _IN_QUERY else candidate.secret, today or date.today())
    return state.value if state is not None else ""


def _generic(candidate: Candidate) -> tuple[str, str, str]:
    if candidate.syntax is Syntax.URL and candidate.key.startswith("url "):
        return "url-password", "password", "password in a URL"
    key = keys.key_signals(candidate.key)[0].removeprefix("key:").removeprefix("above ")
    return _GENERIC.get(key, _OTHER)


def _severity(weighed: Weighed, line: str, role: Role, blend: Blend | None) -> Severity:
    rule, value = weighed.candidate.rule, weighed.candidate.secret
    if weighed.near_miss:
        return Severity.HINT
    full = rule.severity if rule is not None else Severity.WARNING
    if blend is not None and weighed.verdict is not None:
        secret, test, safe = weighed.verdict
        if secret < blend.live * (secret + test) or (weighed.certain and safe > secret + test):
            return min(full, Severity.INFORMATION)
        if not weighed.certain:
            likely = weighed.probability >= blend.warn and role not in _ROLES
            return min(full, Severity.WARNING if likely else Severity.INFORMATION)
    if role in _ROLES:
        if weighed.proven or (weighed.certain and role is Role.DOCS and not values.is_made_up(value)):
            return min(full, Severity.WARNING)
        return min(full, Severity.INFORMATION)
    if weighed.certain:
        return min(full, Severity.INFORMATION) if values.is_made_up(value) else full
    full = min(full, Severity.WARNING)
    doubtful = values.is_made_up(value) or "line:local" in signals.line_signals(line)
    if doubtful or weighed.probability < weights().warn:
        return min(full, Severity.INFORMATION)
    return full


def _message(weighed: Weighed, what: str, severity: Severity, role: Role) -> str:
    name = what[:1].upper() + what[1:]
    if weighed.candidate.wrapping:
        name += f" (in {weighed.candidate.wrapping})"
    if weighed.proven:
        why = "its checksum is valid"
    elif weighed.certain:
        why = "its format is unmistakable"
    elif weighed.candidate.rule is not None:
        why = "its format and its surroundings fit"
    else:
        why = "its name and its value fit"
    if weighed.verdict is not None and not weighed.certain:
        why += f", and the judge {_opinion(weighed.verdict)}"
    if weighed.near_miss:
        return f"Perhaps a {what}: it begins like one that unleak knows ({weighed.candidate.like}) and is none."
    if severity > Severity.INFORMATION:
        return f"{name} in the code: {why}."
    if role in _ROLES:
        return f"{name} in {_ROLES[role]}: {why}."
    if values.is_made_up(weighed.candidate.secret):
        return f"{name} of a development or sample kind: {why}."
    if weighed.verdict is not None:
        return f"{name}: {why}."
    return f"Possibly a {what}: {why}, but not clearly."


def _opinion(verdict: Verdict) -> str:
    if verdict.safe > 0.5:
        return "doubts it"
    return "takes it for a live one" if verdict.secret >= verdict.test else "takes it for one of a test or a sample"


def _masked(text: str, shift: int, taken: Sequence[Span]) -> str:
    """The end of `text` before a finding, without the values of findings that stand there."""
    for span in reversed(taken):
        start, end = span.column - shift, span.end_column - shift
        if span.line == span.end_line and end <= len(text):
            text = text[:start] + "*" + text[end:]
    return text[-80:]


def _fingerprint(path: str, rule: str, key: str, before: str) -> str:
    """A name for the place of a finding that no value enters and that moved lines do not change."""
    digest = hashlib.blake2b(digest_size=12)
    for part in (path.replace("\\", "/"), rule, key, " ".join(before.split())):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()
