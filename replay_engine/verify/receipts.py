"""Is a receipt what the journal, the plan and the manifest of its day say? Derived anew and compared byte by byte.

Of the documents in the state container, or of the same files in a folder, without any store: a replay's folder that
was downloaded can be judged anywhere. Writes nothing.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from replay_engine.day.recall import recall
from replay_engine.day.receipt import derive
from replay_engine.errors import BadRequest, InDoubt, NotThere
from replay_engine.model import Plan, Stage
from replay_engine.plan import document as plan_document
from replay_engine.state import names
from replay_engine.state.journal import Kind, load
from replay_engine.verify.findings import DayVerification, Finding, Verification

_DOWNLOAD = "Download the folder state/<replay>/ of the state container, whole, and name the receipt in it."


def judge(receipt: bytes, plan: Plan, day: date, lines: Sequence[bytes], promise: bytes) -> Iterator[Finding]:
    """What is to be said of a receipt. Raises `InDoubt` where journal or manifest is damaged."""
    try:
        derived = derive(plan, day, lines, promise)
    except NotThere:
        yield Finding(False, "There is a receipt, and by its journal the day never closed.")
        return
    if receipt == derived:
        yield Finding(True, f"Its receipt is what journal, plan and manifest say; sha256 {digest(receipt)}.")
    else:
        yield Finding(False, f"Its receipt is not what journal, plan and manifest say{_difference(receipt, derived)}.")
    entries = load(b"".join(lines))
    if recall(entries).stage is Stage.RESTORED:
        yield Finding(True, f"It was undone after it had closed, on {entries[-1].at:%Y-%m-%d %H:%M} UTC.")


def digest(receipt: bytes) -> str:
    """By which a receipt is named where it is told of."""
    return hashlib.sha256(receipt).hexdigest()


def _difference(receipt: bytes, derived: bytes) -> str:
    """The first thing that it says otherwise."""
    wanted = _flat(json.loads(derived))
    try:
        said = _flat(json.loads(receipt))
    except (ValueError, RecursionError):
        return ": it is no JSON"
    for name in (*wanted, *said):
        if said.get(name) != wanted.get(name):
            return f": {name} is {json.dumps(said.get(name))} in it and {json.dumps(wanted.get(name))} by them"
    return ": it was written otherwise"


def _flat(document: Any, name: str = "") -> dict[str, Any]:
    if not isinstance(document, Mapping) or not document:
        return {name or "all of it": document}
    parts = [_flat(value, f"{name}.{key}" if name else str(key)) for key, value in document.items()]
    return {key: value for part in parts for key, value in part.items()}


def verify_files(path: Path) -> Verification:
    """A receipt, held against the files beside it: they lie as in the state container, in a replay's folder.

    Raises `NotThere` for a file that is missing, `InDoubt` for a plan that is not the one that was confirmed.
    """
    folder = path.absolute().parent
    day = names.parse_day(folder.name)
    if day is None:
        raise BadRequest("receipt", f"{path} lies in no folder of a day, as 2019-12-01 would be.", advice=_DOWNLOAD)
    plan = plan_document.load(_file(folder.parent / Path(names.plan("")).name))
    receipt, promise = _file(path), _file(folder / Path(names.manifest("", day)).name)
    try:
        lines = tuple(_journal(folder, Path(names.journal("", day)).name))
        findings, stage = tuple(judge(receipt, plan, day, lines, promise)), recall(load(b"".join(lines))).shown_stage
    except InDoubt as error:
        findings, stage = (Finding(False, error.message),), Stage.HELD
    return Verification(plan.replay_id, (DayVerification(day, stage, findings),))


def _journal(folder: Path, name: str) -> Iterator[bytes]:
    """The lines of all parts of a journal."""
    read = 0
    for number in count():
        part = _file(folder / names.journal_part(name, number))
        entries = load(part, read)
        yield from part.splitlines(keepends=True)
        read += len(entries)
        if not entries or entries[-1].kind is not Kind.CONTINUED:
            return


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotThere(f"{path} cannot be read: {error.strerror}.", advice=_DOWNLOAD) from error
