"""Who did what about a replay, as lines for people. Pure."""

from collections.abc import Sequence

from bot.render import parts
from bot.render.mrkdwn import code, escaped
from replay_engine import AuditEntry, Pace, pace_text

_ALL_CHARACTERS = 3000
_FACT_CHARACTERS = 80
_DAYS_WORDS = {"accept": "accepted as it was", "restore": "restored", "undo": "undone", "release": "released"}
_ONLY_PAUSED = {"paused": True, "bytes_per_second": None, "events_per_second": None}
_WORDS = {
    "asked": "asked for it",
    "confirmed": "confirmed it",
    "cancel": "cancelled it",
    "unpause": "let it go on",
    "resume": "had it carried on",
}


def deed_lines(audit_log: Sequence[AuditEntry]) -> list[str]:
    """A line each, oldest first; of very many the newest."""
    lines = [_line(audit_entry) for audit_entry in audit_log]
    shown: list[str] = []
    remaining = _ALL_CHARACTERS
    for line in reversed(lines):
        remaining -= len(line)
        if remaining < 0:
            break
        shown.insert(0, line)
    earlier = len(lines) - len(shown)
    return [f"… {earlier:,} earlier", *shown] if earlier else shown


def recent_deeds(audit_log: Sequence[AuditEntry]) -> str:
    """The last few in one line, to stand below what they are about."""
    texts = [f"{parts.person(audit_entry.by)} {_did(audit_entry, facts_shown=0)}" for audit_entry in audit_log[-6:]]
    return f"\n      {', '.join(texts)}" if texts else ""


def _line(audit_entry: AuditEntry) -> str:
    return f"{parts.moment(audit_entry.at)} {parts.person(audit_entry.by)} {_did(audit_entry)}"


def _did(audit_entry: AuditEntry, facts_shown: int = 6) -> str:
    """What somebody did, in words; a word that is not known here is shown with its facts."""
    facts = audit_entry.facts
    match audit_entry.what:
        case "asked" if "channel" in facts:
            return f"asked for it in <#{escaped(str(facts['channel']), 40)}>"
        case "set_pace" if facts == _ONLY_PAUSED:
            return "paused it"
        case "set_pace":
            pace = Pace(facts.get("paused") is True, facts.get("bytes_per_second"), facts.get("events_per_second"))
            return f"set its pace: {pace_text(pace) or 'no limit'}"
        case "accept" | "restore" | "undo" | "release":
            return f"had {code(str(facts.get('day', 'a day')))} {_DAYS_WORDS[audit_entry.what]}"
    return _WORDS.get(audit_entry.what) or _as_it_is(audit_entry, facts_shown)


def _as_it_is(audit_entry: AuditEntry, facts_shown: int) -> str:
    shown = list(audit_entry.facts.items())[:facts_shown]
    facts = ", ".join(f"{escaped(name, 40)} {code(str(value), _FACT_CHARACTERS)}" for name, value in shown)
    return f"{escaped(audit_entry.what, 100 if facts_shown else 40)}{' · ' if facts else ''}{facts}"
