"""Fixes: a value leaves the code for an environment variable. Edits as data, one file a language family.

    change.py     what a fix does to a text: changes, moved values, a refusal
    source.py     the text with its syntax tree
    literals.py   string literals: where they begin, what they mean, how a part of one is taken out
    idioms.py     which family reads a file
    names.py      what the variable is called
    dotenv.py     how values are written in `.env` files
    home.py       where values go: `.env`, `.gitignore`, `.env.example`
    plan.py       all of it as one fix

    placeholder.py, ignoring.py, allowing.py, recording.py    other things to do about a finding
    history.py, rotation.py                                   whether it was committed, how it is replaced

The rest are families, with what several of them share. Nothing here knows of LSP, writes a file or keeps a value
longer than the fix takes.
"""
