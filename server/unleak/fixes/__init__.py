"""Fixes: a value leaves the code for an environment variable. One file a language family, edits as data.

    source.py     the text with its syntax tree
    change.py     what a fix does to a text: changes, moved values, a refusal
    literals.py   string literals: where they begin, what they mean, how a part of one is taken out
    idioms.py     which family reads a file
    names.py      what the variable is called
    dotenv.py     how values are written in `.env` files
    home.py       where values go: `.env`, `.gitignore`, `.env.example`
    plan.py       all of it as one fix

Nothing here knows of LSP, writes a file or keeps a value longer than the fix takes.
"""
