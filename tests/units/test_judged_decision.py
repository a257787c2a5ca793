"""What a verdict does to a decision: it confirms, lowers, removes or adds, and never unseats what is certain."""

from __future__ import annotations

import pytest

from unleak.decision import Blend
from unleak.finding import Finding, Severity, Verdict
from unleak.scanner import Scanner

BLEND = Blend(signals=0.3, judge=1.0, bias=0.0, ask=0.004, report=0.4, warn=0.5, live=0.5)
LIVE, TEST, SAFE = Verdict(0.95, 0.04, 0.01), Verdict(0.03, 0.95, 0.02), Verdict(0.01, 0.02, 0.97)
PASSWORD = 'db_password = "kM7vQ2' + 'xR9zT4b"\n'
TOKEN = 'token = "ghp_' + 'AQGXZ4G6o5DRCIz5dlsDMney55Mr0A4UNEG7"\n'
WEAK = 'secret_name = "sun' + 'flower"\n'


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner(blend=BLEND)


def judged(scanner: Scanner, text: str, verdict: Verdict | None, path: str = "src/settings.py") -> list[Finding]:
    asked = scanner.read(text, path).asked
    verdicts = {each.span: verdict for each in asked} if verdict else {}
    return scanner.scan(text, path, verdicts)


class TestWithoutAVerdict:
    def test_what_is_weighed_is_provisional(self, scanner: Scanner) -> None:
        (finding,) = judged(scanner, PASSWORD, None)
        assert finding.provisional
        assert finding.decided_by == "signals"

    def test_what_is_certain_is_not(self, scanner: Scanner) -> None:
        (finding,) = judged(scanner, TOKEN, None)
        assert not finding.provisional
        assert finding.severity is Severity.ERROR

    def test_without_a_judge_nothing_is_provisional_or_asked(self) -> None:
        reading = Scanner().read(PASSWORD, "src/settings.py")
        assert not reading.asked
        assert not any(finding.provisional for finding in reading.findings)


class TestConfirmed:
    def test_a_live_one_is_a_warning_that_says_who_decided(self, scanner: Scanner) -> None:
        (finding,) = judged(scanner, PASSWORD, LIVE)
        assert finding.severity is Severity.WARNING
        assert finding.decided_by == "judge"
        assert "judge" in finding.message
        assert not finding.provisional

    def test_in_a_test_it_is_never_more_than_information(self, scanner: Scanner) -> None:
        (finding,) = judged(scanner, PASSWORD, LIVE, "tests/test_login.py")
        assert finding.severity is Severity.INFORMATION


class TestLowered:
    def test_a_test_credential_is_information(self, scanner: Scanner) -> None:
        (finding,) = judged(scanner, PASSWORD, TEST)
        assert finding.severity is Severity.INFORMATION

    def test_a_certain_one_is_lowered_and_not_removed(self, scanner: Scanner) -> None:
        for verdict in (TEST, SAFE):
            (finding,) = judged(scanner, TOKEN, verdict)
            assert finding.decided_by == "rule"
            assert finding.severity <= Severity.ERROR
        (finding,) = judged(scanner, TOKEN, TEST)
        assert finding.severity is Severity.INFORMATION


class TestRemovedAndAdded:
    def test_a_safe_one_is_gone(self, scanner: Scanner) -> None:
        assert not judged(scanner, PASSWORD, SAFE)

    def test_one_that_signals_leave_out_is_reported(self, scanner: Scanner) -> None:
        assert not judged(scanner, WEAK, None)
        (finding,) = judged(scanner, WEAK, LIVE)
        assert finding.decided_by == "judge"


class TestDisputed:
    """What the judge sees in another way than rules and signals."""

    @staticmethod
    def disputed(scanner: Scanner, text: str, verdict: Verdict) -> list[tuple[str, bool]]:
        """The stretches of the first line, and whether rules and signals report them."""
        asked = scanner.read(text, "src/settings.py").asked
        reading = scanner.read(text, "src/settings.py", {each.span: verdict for each in asked})
        assert all(each.verdict == verdict for each in reading.disputed)
        return [(text[each.span.column : each.span.end_column], each.is_reported) for each in reading.disputed]

    @pytest.mark.parametrize("text", [PASSWORD, TOKEN], ids=["weighed", "certain"])
    def test_reported_and_safe(self, scanner: Scanner, text: str) -> None:
        assert self.disputed(scanner, text, SAFE) == [(text.split('"')[1], True)]

    @pytest.mark.parametrize("verdict", [LIVE, TEST], ids=["live", "test"])
    def test_silent_and_a_credential(self, scanner: Scanner, verdict: Verdict) -> None:
        assert self.disputed(scanner, WEAK, verdict) == [(WEAK.split('"')[1], False)]

    @pytest.mark.parametrize(
        ("text", "verdict"),
        [(PASSWORD, LIVE), (PASSWORD, TEST), (TOKEN, LIVE), (WEAK, SAFE)],
        ids=["live", "test", "certain", "safe"],
    )
    def test_agreed_on(self, scanner: Scanner, text: str, verdict: Verdict) -> None:
        assert self.disputed(scanner, text, verdict) == []

    def test_nothing_without_a_verdict(self, scanner: Scanner) -> None:
        assert scanner.read(PASSWORD + WEAK, "src/settings.py").disputed == []

    def test_the_probability_is_that_of_signals_alone(self, scanner: Scanner) -> None:
        (asked,) = scanner.read(PASSWORD, "src/settings.py").asked
        (disputed,) = scanner.read(PASSWORD, "src/settings.py", {asked.span: SAFE}).disputed
        (finding,) = Scanner().scan(PASSWORD, "src/settings.py")
        assert round(disputed.probability, 2) == finding.confidence

    def test_what_surrounds_a_finding_of_the_rules_is_none(self, scanner: Scanner) -> None:
        text = 'dsn_password = "user=ada password=kM7vQ2' + 'xR9zT4b"\n'
        outer, inner = (each.span for each in scanner.read(text, "src/settings.py").asked)
        reading = scanner.read(text, "src/settings.py", {outer: LIVE, inner: SAFE})
        assert [finding.span for finding in reading.findings] == [outer]
        assert [each.span for each in reading.disputed] == [inner]


class TestBlend:
    def test_a_bundle_that_leaves_something_out_is_named(self) -> None:
        with pytest.raises(ValueError, match="report"):
            Blend.of({"signals": 1, "judge": 1, "bias": 0, "ask": 0.1, "warn": 0.5, "live": 0.5})

    def test_both_opinions_count(self) -> None:
        assert BLEND.likely(0.9, LIVE) > BLEND.likely(0.1, LIVE) > BLEND.likely(0.1, SAFE)
