"""What the listeners call, and nothing else: who may, what to plan, what to remember."""

from dataclasses import dataclass

from bot.access import Access
from bot.jobs import Jobs
from bot.records import Records
from replay_engine import Engine


@dataclass(frozen=True, slots=True)
class Services:
    """What the listeners call. Of the engine they use only what looks at nothing but config and settings."""

    engine: Engine
    access: Access
    jobs: Jobs
    records: Records
