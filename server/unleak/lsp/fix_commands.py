"""The commands behind code actions: what an edit of texts cannot do alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.capabilities import get_capability
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from unleak.config import BASELINE_NAME
from unleak.finding import Finding
from unleak.fixes.change import Refusal
from unleak.lsp.applying import carry_out
from unleak.lsp.asking import Asked
from unleak.lsp.background import in_background
from unleak.lsp.documents import Document
from unleak.lsp.fixing import Moment
from unleak.lsp.offers import Do, Done, Place, done, moved
from unleak.text import Text

if TYPE_CHECKING:
    from unleak.lsp.session import Session

TITLE = "Move a secret"


async def apply(server: Session, data: object) -> dict[str, object]:
    """Have the client change its texts, with the files that it cannot make made before."""
    document, place, asked = await _asked(server, data)
    try:
        result = await in_background(partial(done, asked.do, place))
    except Refusal as refusal:
        server.say(str(refusal))
        return {"applied": False}
    files = server.fixing.changed(document, place, result)
    is_applied = await carry_out(server, files, TITLE, asks=asked.do is Do.MOVE_ALL)
    if is_applied and result.notes:
        server.say("\n".join(result.notes))
    return {"applied": is_applied}


async def after(server: Session, data: object) -> dict[str, object]:
    """An edit was applied: what it made private is made so on disk, and the person hears what is left to do."""
    told = data if isinstance(data, Mapping) else {}
    server.private.applied(map(Path, _texts(told.get("private"))))
    if notes := _texts(told.get("notes")):
        server.say("\n".join(notes))
    added = told.get("added")
    for path, names in added.items() if isinstance(added, Mapping) else ():
        if isinstance(path, str) and server.settings.root_of(Path(path)):
            await server.fixing.added.add(Path(path), _texts(names))
    server.watch_private()
    await server.fixing.learned(str(told.get("example", "")))
    return {}


async def keep_in_keychain(server: Session, data: object) -> dict[str, object]:
    """Put a value into the keychain, then have the client read it from the environment in its place."""
    from unleak.keychain import KeychainError, remove, store

    document, place, _ = await _asked(server, data)
    new: list[str] = []
    try:
        folder = server.fixing.keychain_folder(place)
        move = await in_background(partial(moved, place))
        new = await in_background(partial(store, folder, move.values))
    except (Refusal, KeychainError) as problem:
        server.say(str(problem))
        return {"applied": False}
    files = server.fixing.changed(document, place, Done(move.changes))
    is_applied = await carry_out(server, files, TITLE)
    if not is_applied:
        await in_background(partial(remove, folder, new))
    else:
        names = " and ".join(move.values)
        told = f"{names} is in the keychain now: start the program by `unleak run -- COMMAND` in {folder}."
        server.say("\n".join([told, *move.notes]))
    return {"applied": is_applied}


async def mark(server: Session, data: object) -> dict[str, object]:
    """Put a finding into the baseline, as what a person says that it is."""
    from unleak.example import Why
    from unleak.fixes.recording import recorded
    from unleak.suppress.baseline import Baseline, BaselineError, amend, create
    from unleak.suppress.entries import State

    document, finding = await _finding(server, data)
    state = State(data.get("state", "open")) if isinstance(data, Mapping) else State.OPEN
    moment = Moment.of(document, finding)
    policy = await server.policies.of(document.file, document.language)
    root = server.settings.root_of(document.file) if document.file else None
    if not server.settings.is_trusted or root is None:
        server.say("There is no baseline here: open the folder of the project, and trust it.")
        return {"recorded": False}
    path = policy.config.baseline or root / BASELINE_NAME
    project = policy.project or root
    seen_from = os.path.relpath(document.file or "", project).replace(os.sep, "/")
    text = Text(moment.text)

    def write() -> None:
        if not os.path.lexists(path):
            create(path, Baseline.new(), force=False)
        amend(path, lambda baseline: (recorded(baseline, seen_from, text, moment.findings, finding, state), None))

    try:
        await in_background(write)
    except (BaselineError, Refusal) as problem:
        server.say(str(problem))
        return {"recorded": False}
    said = {State.TEST: Why.TEST, State.FALSE_ALARM: Why.DISMISSED}.get(state)
    if said is not None:
        await server.fixing.learn(document, moment, said)
    server.files_changed([path])
    server.reconfigure()
    return {"recorded": True}


async def history(server: Session, data: object) -> dict[str, object]:
    """Say whether a value was committed, and how it is replaced."""
    from unleak.fixes.history import committed
    from unleak.fixes.rotation import rotation_markdown, rotation_text
    from unleak.git import Abandoned

    document, finding = await _finding(server, data)
    rule = document.scanner.catalog.by_id.get(finding.rule) if document.scanner else None
    found = None
    if document.file is not None and server.settings.is_trusted:
        stop = threading.Event()
        text = str(document.text)
        try:
            found = await in_background(partial(committed, document.file, text, finding.span, stop.is_set))
        except Abandoned:
            server.say("Git takes too long to say whether this was committed: try again later.")
        finally:
            stop.set()
    server.say(rotation_text(finding.kind, rule, found))
    commit = {"commit": found.commit, "date": found.date} if found else None
    return {"committed": commit, "markdown": rotation_markdown(finding.kind, rule, found)}


async def rotate(server: Session, data: object) -> dict[str, object]:
    """Open the provider's page where a secret is revoked."""
    document, finding = await _finding(server, data)
    rule = document.scanner.catalog.by_id.get(finding.rule) if document.scanner else None
    if rule is None or not rule.rotation:
        server.say("No page is known on which this is revoked: look at the settings of its provider.")
        return {"opened": False}
    if get_capability(server.client, "window.show_document.support", False):
        with suppress(JsonRpcException):
            shown = await server.window_show_document_async(lsp.ShowDocumentParams(rule.rotation, external=True))
            if shown.success:
                return {"opened": True, "page": rule.rotation}
    server.say(f"It is revoked here: {rule.rotation}")
    return {"opened": False, "page": rule.rotation}


async def _asked(server: Session, data: object) -> tuple[Document, Place, Asked]:
    asked = Asked.of(data)
    document = server.documents.get(asked.uri) if asked else None
    if asked is None or document is None:
        raise JsonRpcInvalidParams("This command needs the data of a code action.")
    finding = await server.fixing.found(document, asked.span, asked.rule)
    return document, server.fixing.place(document, finding, asked.do), asked


async def _finding(server: Session, data: object) -> tuple[Document, Finding]:
    asked = Asked.of({**data, "do": "move"}) if isinstance(data, Mapping) else None
    document = server.documents.get(asked.uri) if asked else None
    if asked is None or document is None:
        raise JsonRpcInvalidParams("This command needs the URI of an open document, a span and a rule.")
    return document, await server.fixing.found(document, asked.span, asked.rule)


def _texts(value: object) -> Sequence[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list | tuple) else []
