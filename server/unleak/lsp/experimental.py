"""What a client announces beyond the protocol, as `experimental` capabilities."""

from __future__ import annotations

from lsprotocol import types as lsp


def announces(client: lsp.ClientCapabilities, offer: str) -> bool:
    """Whether the client says `{"experimental": {offer: true}}`."""
    experimental = client.experimental
    said = experimental.get(offer) if isinstance(experimental, dict) else getattr(experimental, offer, None)
    return said is True
