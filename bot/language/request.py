"""What a person asks the bot for: a request to the engine, and what is for the bot alone. A value."""

from dataclasses import dataclass

from replay_engine import Request


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """``rate`` is written like ``20MB/s`` and counts from the start; a dry run is a plan that cannot be started."""

    request: Request
    dry_run: bool = False
    rate: str | None = None
