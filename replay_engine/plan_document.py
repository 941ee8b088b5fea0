"""The frozen plan as it is kept and confirmed: JSON of version 1, bound by its hash."""

import hashlib
import json

from pydantic import TypeAdapter, ValidationError

from replay_engine.errors import InDoubt
from replay_engine.model import DayPlan, Plan, ReplaySpec

VERSION = 1

_PLAN = TypeAdapter(Plan)
_SPEC = TypeAdapter(ReplaySpec)


def plan_hash(spec: ReplaySpec, days: tuple[DayPlan, ...]) -> str:
    """Covers the request and, through the fingerprints, exactly which blobs and segments."""
    document = {
        "spec": _SPEC.dump_python(spec, mode="json"),
        "days": [[str(day.day), day.fingerprint] for day in days],
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def dump(plan: Plan) -> bytes:
    """The document that `load` reads back as an equal value."""
    return json.dumps({"version": VERSION, **_PLAN.dump_python(plan, mode="json")}, indent=1).encode()


def load(document: bytes) -> Plan:
    """Read a kept plan; `InDoubt` when it is of another version or not the one that was hashed."""
    try:
        raw = dict(json.loads(document))
    except (ValueError, TypeError) as error:
        raise InDoubt("The kept plan cannot be read.", advice="Nothing was touched; plan again.") from error
    if raw.pop("version", None) != VERSION:
        raise InDoubt(
            f"The kept plan is of another version than {VERSION}, the one this program knows.",
            advice="Carry this replay on with the program that began it.",
        )
    try:
        plan = _PLAN.validate_python(raw, strict=False)
    except ValidationError as error:
        raise InDoubt("The kept plan cannot be read.", advice="Nothing was touched; plan again.") from error
    if plan.hash != plan_hash(plan.spec, plan.days):
        raise InDoubt("The kept plan is not the one that was confirmed.", advice="Nothing was touched; plan again.")
    return plan
