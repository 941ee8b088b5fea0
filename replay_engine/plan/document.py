"""The frozen plan as it is kept and confirmed: JSON of version 1, bound by its hash."""

import hashlib
import json
from typing import Any

from pydantic import TypeAdapter, ValidationError

from replay_engine.errors import InDoubt
from replay_engine.model import Canary, DayPlan, LandingRules, Plan, Publishing, ReplaySpec

VERSION = 1

#: Fields of the spec that were added since version 1.
_ADDED = {"publishing", "landing", "again", "dedup_hours", "canary"}
_ADDED_OF_DAYS = ("earlier", "folders")

_PLAN = TypeAdapter(Plan)
_SPEC = TypeAdapter(ReplaySpec)
_PUBLISHING = TypeAdapter(Publishing)
_LANDING = TypeAdapter(LandingRules)
_CANARY = TypeAdapter(Canary)


def plan_hash(spec: ReplaySpec, days: tuple[DayPlan, ...]) -> str:
    """Covers the request and, through the fingerprints, exactly which blobs and segments."""
    document = {
        "spec": _spec_document(spec),
        "days": [[str(day.day), day.fingerprint] for day in days],
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _spec_document(spec: ReplaySpec) -> dict[str, Any]:
    """Of what was added to it since version 1 only what is not the default: plans were kept before."""
    document = _SPEC.dump_python(spec, mode="json", exclude=_ADDED)
    added: dict[str, Any] = {
        "publishing": _PUBLISHING.dump_python(spec.publishing, mode="json", exclude_defaults=True),
        "landing": _LANDING.dump_python(spec.landing, mode="json", exclude_defaults=True),
        "again": spec.again,
        "dedup_hours": spec.dedup_hours,
        "canary": _CANARY.dump_python(spec.canary, mode="json") if spec.canary else None,
    }
    for wait in document["landing_waits"]:
        if wait["max_lag"] is None:
            del wait["max_lag"]
    return {**document, **{name: chosen for name, chosen in added.items() if chosen}}


def dump(plan: Plan) -> bytes:
    """The document that `load` reads back as an equal value."""
    document = {**_PLAN.dump_python(plan, mode="json"), "spec": _spec_document(plan.spec)}
    for day in document["days"]:
        for name in [name for name in _ADDED_OF_DAYS if not day[name]]:
            del day[name]
    return json.dumps({"version": VERSION, **document}, indent=1).encode()


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
