"""The judge learns on this machine: a small adapter from what a team says of its own code.

    examples (a labelled folder, kept disagreements) ──▶ lessons ──▶ training ──▶ adapter ──▶ trial ──▶ bundle

`batches`, `low_rank`, `network`, `training` and `weights` need PyTorch, which nothing else of unleak does; all but
`lessons` need the package gguf.
"""
