"""Tiny networks of random weights that can be talked to: templates of several families, as their makers wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from networks import Network, write_bundle

WORDS = ("secret", "test", "safe")
DECISION = {"signals": 0, "judge": 1, "bias": 0, "ask": 0.01, "report": 0.5, "warn": 0.7, "live": 0.5}
SCAN = {"protocol": "scan/1", "lines": 12, "overlap": 4, "answers": 2}

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
THINKING = CHATML.removesuffix("{% endif %}") + (
    "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}"
    "{% endif %}"
)
LLAMA3 = (
    "{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + "
    "message['content'] | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'system' %}"
    "{{ '[SYSTEM_PROMPT]' + message['content'] + '[/SYSTEM_PROMPT]' }}{% elif message['role'] == 'user' %}"
    "{{ '[INST]' + message['content'] + '[/INST]' }}{% endif %}{% endfor %}"
)
UNKNOWN = "{% for message in messages %}{{ '@@' + message['role'] + '@@' + message['content'] }}{% endfor %}"

FAMILIES = {
    "chatml": Network(template=CHATML, control=("<|im_end|>", "<|im_start|>"), words=WORDS),
    "thinking": Network(
        template=THINKING, control=("<|im_end|>", "<|im_start|>"), fixed=("<think>", "</think>"), words=WORDS
    ),
    "llama3": Network(
        template=LLAMA3,
        control=("<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"),
        words=WORDS,
        begins=True,
    ),
    "mistral": Network(
        template=MISTRAL,
        control=("</s>", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[INST]", "[/INST]"),
        words=WORDS,
        begins=True,
    ),
}


def write_talking(folder: Path, network: Network, changes: Mapping[str, object] | None = None) -> Path:
    """A bundle that is asked by messages, as a talking model is."""
    said: dict[str, object] = {"prompt": "chat", "labels": list(WORDS), "context": 4096, "decision": DECISION}
    return write_bundle(folder, network, {**said, **(changes or {})})
