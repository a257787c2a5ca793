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


class TestBlend:
    def test_a_bundle_that_leaves_something_out_is_named(self) -> None:
        with pytest.raises(ValueError, match="report"):
            Blend.of({"signals": 1, "judge": 1, "bias": 0, "ask": 0.1, "warn": 0.5, "live": 0.5})

    def test_both_opinions_count(self) -> None:
        assert BLEND.likely(0.9, LIVE) > BLEND.likely(0.1, LIVE) > BLEND.likely(0.1, SAFE)
