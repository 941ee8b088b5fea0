"""What looking at a replay says, in sentences. Values only."""

from dataclasses import dataclass
from datetime import date

from replay_engine.model import Stage


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``right`` when it is as the journal says."""

    right: bool
    text: str


@dataclass(frozen=True, slots=True)
class DayVerification:
    """What was found of one day."""

    day: date
    stage: Stage
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found of a replay; it is right when every finding is."""

    replay_id: str
    days: tuple[DayVerification, ...]

    @property
    def right(self) -> bool:
        """Whether the world is as the journals say."""
        return all(finding.right for day in self.days for finding in day.findings)
