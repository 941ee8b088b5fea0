"""Which replay a person means who names none: the one that can be meant, or none."""

from replay_engine import Engine, Refused, ReplayState

_LOOKED_AT = 10
_ENDED = (ReplayState.COMPLETED, ReplayState.COMPLETED_WITH_FAILURES, ReplayState.CANCELLED)


def meant(engine: Engine, replay_id: str | None) -> str:
    """The one named; else the only one that has not ended; else the newest. `Refused` if that is no answer."""
    if replay_id:
        return replay_id
    newest = engine.latest(_LOOKED_AT)
    going = [one for one in newest if engine.status(one).state not in _ENDED]
    if len(going) > 1:
        raise Refused("More than one replay goes on.", advice=f"Say which: {', '.join(going)}.")
    if not newest:
        raise Refused("There has been no replay yet.", advice="See: /replay help")
    return (going or newest)[0]
