"""Questions of judge/1 put to a model that talks, through its own template: the prompt form `chat`.

Nothing is generated. The answer is read behind the prompt, as probabilities of the three words that it could begin
with; of a word that is several tokens the first counts, and these must differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from unleak.judge import chat_prompt
from unleak.judge.model import LONGEST_TOKEN, Rows, without_middle
from unleak.judge.protocol import Question
from unleak.judge.template import TalkError, Template

_TEXT = "<|text|>"
_ROOM = 96  # tokens of a context beyond what is said to everyone
_SMALLEST = Question("<|file|>live code a\n", ("<|ask|><|0|>a<|value|>a<|end|>a<|answer|>",))


class Chat:
    """How a bundle with this prompt form is asked; raises TalkError where its words or its context do not do."""

    def __init__(self, template: Template, labels: Sequence[str], context: int) -> None:
        self._template = template
        self._context = context  # tokens
        self.labels = [tokens[0] for tokens in map(template.plain, labels) if tokens]
        if len(set(self.labels)) != len(labels):
            raise TalkError(f"its words for {', '.join(map(repr, labels))} do not differ in their first token")
        least = len(self._tokens(_SMALLEST, 0)) + _ROOM
        if context < least:
            raise TalkError(f"a context of {context:,} tokens is too small for its prompts: {least:,} is the least")

    def calls(self, question: Question, together: int, cells: int) -> Iterator[tuple[list[int], Rows]]:
        """The calls that answer a question, each with the numbers of its suffixes.

        At most `together` suffixes and `cells` tokens at once. A suffix for which the text has to be cut is read by
        itself, so that no verdict depends on the others.
        """
        whole: dict[int, list[int]] = {}
        bounded = self._bounded(question)
        for number in range(len(question.suffixes)):
            tokens = self._tokens(bounded, number)
            if len(tokens) <= self._context:
                whole[number] = tokens
            else:
                yield [number], Rows([], [self._cut(bounded, number)])
        shared = _shared(list(whole.values()))
        numbers: list[int] = []
        room = cells - shared
        for number, tokens in whole.items():
            own = len(tokens) - shared
            if numbers and (len(numbers) == together or own > room):
                yield numbers, Rows(tokens[:shared], [whole[each][shared:] for each in numbers])
                numbers, room = [], cells - shared
            numbers.append(number)
            room -= own
        if numbers:
            yield numbers, Rows(whole[numbers[0]][:shared], [whole[each][shared:] for each in numbers])

    def _tokens(self, question: Question, number: int) -> list[int]:
        return self._template.tokens(chat_prompt.messages(question, number))

    def _bounded(self, question: Question) -> Question:
        """The question without what could not fit, however it is written."""
        most = self._context * LONGEST_TOKEN
        head, mark, text = question.prefix.partition(_TEXT)
        suffixes = tuple([without_middle(suffix, most) for suffix in question.suffixes])
        return Question(head[:most] + mark + text[-most:], suffixes)

    def _cut(self, question: Question, number: int) -> list[int]:
        """As much as fits: first the text loses its beginning, then the head its end, then the suffix its middle."""
        head, _, text = question.prefix.partition(_TEXT)
        suffix = question.suffixes[number]

        def said(prefix: str, suffix: str) -> list[int]:
            return self._tokens(Question(prefix, (suffix,)), 0)

        shorter: list[tuple[int, Callable[[int], list[int]]]] = [
            (len(text), lambda kept: said(head + _TEXT + text[len(text) - kept :], suffix)),
            (len(head), lambda kept: said(head[:kept], suffix)),
            (len(suffix), lambda kept: said("", without_middle(suffix, kept + 1))),
        ]
        for most, of_size in shorter:
            best = of_size(0)
            if len(best) > self._context:
                continue
            least = 0
            while most - least > 1:
                middle = (least + most) // 2
                if len(tokens := of_size(middle)) <= self._context:
                    least, best = middle, tokens
                else:
                    most = middle
            return best
        return best  # never: the context was seen to be large enough for one character


def _shared(prompts: Sequence[Sequence[int]]) -> int:
    """How many tokens all prompts begin with; each has at least one of its own."""
    if len(prompts) < 2:
        return 0
    size = min(map(len, prompts)) - 1
    first = prompts[0]
    return next((at for at in range(size) if any(prompt[at] != first[at] for prompt in prompts)), size)
