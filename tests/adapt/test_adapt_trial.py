"""Whether an adapted judge is worth having, and how much it counts."""

from __future__ import annotations

import pytest

pytest.importorskip("numpy", reason="the trial needs numpy")
pytest.importorskip("gguf", reason="needs gguf")

from unleak.adapt.reference import PARTS, Opinions, questions
from unleak.adapt.trial import WORSE, Answered, Score, Trial, f1_of, fitted
from unleak.decision import Blend
from unleak.finding import Verdict
from unleak.judge.bundle import Bundle, bundled

BLEND = Blend.of(Bundle.load(bundled()).decision)
SURE, TEST, NONE = (0.96, 0.02, 0.02), (0.02, 0.96, 0.02), (0.01, 0.01, 0.98)
IS, IS_TEST, IS_NONE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


def answered(verdict: tuple[float, ...], label: tuple[float, ...], likely: float = 0.004) -> Answered:
    return Answered(Verdict(*verdict), likely, label)


TEAM = [answered(SURE, IS)] * 20 + [answered(NONE, IS_NONE)] * 25 + [answered(TEST, IS_TEST)] * 6
GOOD, BAD = Score(0.99, 0.99, 0.95), Score(0.5, 0.5, 0.3)


class TestScore:
    def test_a_judge_can_be_right_and_the_decision_wrong(self) -> None:
        score = Score.of(TEAM, BLEND._replace(ask=0.001))
        assert score.accuracy == 1.0
        assert score.decided == pytest.approx(25 / 51)

    def test_what_is_not_asked_about_is_decided_by_signals(self) -> None:
        eager = BLEND._replace(signals=0.0, judge=1.0, bias=0.0)
        likely = [answered(SURE, IS, 0.004), answered(SURE, IS, 0.5)]
        assert Score.of(likely, eager).decided == 0.5
        assert Score.of(likely, eager._replace(ask=0.001)).decided == 1.0


class TestFitted:
    def test_the_team_is_decided_right_and_others_lose_little(self) -> None:
        opinions = Opinions.read()
        blend = fitted(BLEND, TEAM, opinions, least=0.002)
        assert Score.of(TEAM, blend).decided == 1.0
        assert f1_of(blend, opinions) > f1_of(BLEND, opinions) - WORSE
        assert (blend.ask, blend.report, blend.warn, blend.live) == (0.002, BLEND.report, BLEND.warn, BLEND.live)

    def test_what_is_decided_right_already_changes_little(self) -> None:
        known = [answered(SURE, IS, 0.9), answered(NONE, IS_NONE, 0.05)] * 20
        blend = fitted(BLEND, known, Opinions.read(), least=BLEND.ask)
        assert blend.judge == pytest.approx(BLEND.judge, abs=0.2)


class TestTrial:
    def test_better_for_the_team_and_as_good_for_others(self) -> None:
        assert Trial(BAD, GOOD, GOOD, GOOD, 0.7, 0.699).refusal == ""

    @pytest.mark.parametrize(
        ("trial", "message"),
        [
            (Trial(BAD, GOOD, GOOD, Score(0.98, 0.98, 0.94), 0.7, 0.7), r"cost 1\.0 points of F1 on the reference"),
            (Trial(BAD, GOOD, GOOD, GOOD, 0.7, 0.69), r"cost 1\.0 points of F1 on code of all kinds"),
            (Trial(BAD, BAD, GOOD, GOOD, 0.7, 0.7), "no better"),
            (
                Trial(Score(1.0, 1.0, 0.0), GOOD, GOOD, GOOD, 0.7, 0.7),
                "right on all examples that were held back already",
            ),
            (Trial(GOOD, BAD, GOOD, GOOD, 0.7, 0.7), "no better"),
            (Trial(BAD, Score(0.9, 0.4, 0.2), GOOD, GOOD, 0.7, 0.7), "no better"),
        ],
    )
    def test_refused(self, trial: Trial, message: str) -> None:
        assert message.replace("\\", "") in trial.refusal


class TestReference:
    def test_no_file_is_both_repeated_and_tried(self) -> None:
        parts = [{known.question.prefix.partition("\n")[0] for known in questions(part)} for part in PARTS]
        assert all(len(part) > 100 for part in parts)
        assert not parts[0] & parts[1]

    def test_every_suffix_has_its_answer(self) -> None:
        for part in PARTS:
            for known in questions(part):
                assert len(known.question.suffixes) == len(known.labels) == len(known.weights) == len(known.likely)

    def test_the_table_knows_many(self) -> None:
        opinions = Opinions.read()
        assert opinions.there.sum() > 1000
        assert opinions.not_there.sum() > opinions.there.sum()
