"""The engine's settings: the only reader of the environment here.

Every name is ``REPLAY_`` plus the field in capitals. Secrets are `SecretStr`: they never show in a repr,
a log or an error.
"""

import os
import re
from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from replay_engine.errors import BadConfig
from replay_engine.state import names

_DURATION = re.compile(r"(\d+)([dhms]?)")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


class Settings(BaseSettings):
    """What the environment says. Frozen."""

    model_config = SettingsConfigDict(env_prefix="REPLAY_", frozen=True, extra="ignore", env_ignore_empty=True)

    config: Path | None = Field(default=None, description="the config document; by default the shipped one")
    bucket: str | None = Field(default=None, description="container with the stored files")
    azure_connection_string: SecretStr | None = Field(default=None, description="storage account, with its key")
    azure_account_url: str | None = Field(default=None, description="or its URL, with DefaultAzureCredential")
    broker_list: str | None = Field(default=None, description="host:port, separated by commas")
    kafka_properties: Path | None = Field(default=None, description="librdkafka properties: SASL, TLS …")
    topic_prefix: str = Field(default="", description="put before the topics of the config, e.g. prod.")
    druid_url: str | None = Field(default=None, description="Druid's Router or Coordinator")
    druid_username: str | None = None
    druid_password: SecretStr | None = None
    state_container: str = Field(default="replay-state", description="plans, journals, locks and backups")
    settle_timeout_seconds: float = Field(default=6 * 3600.0, gt=0, description="how long a restore waits for readers")
    landing_timeout_seconds: float = Field(
        default=6 * 3600.0, gt=0, description="after how long a day that waits for its landing is told of"
    )
    landing_patience_seconds: float = Field(default=60.0, ge=0, description="how long a run itself waits for landing")
    days_landing: int = Field(default=3, gt=0, le=31, description="how many days may wait for their landing at once")
    lease_seconds: int = Field(default=30, ge=15, le=60, description="how soon a dead runner is replaced")
    keep_backups_for: timedelta | None = Field(
        default=None, description="0, 12h, 7d: how long undo is possible; else 24h, and 0 for days proved by ids"
    )
    quiet_minutes: float = Field(
        default=30.0, ge=0, le=7 * 24 * 60, description="how long nothing may have been written to a day to be cleared"
    )
    outage_patience: timedelta = Field(default=timedelta(hours=6), description="how long an outage is waited for")
    publishers: int = Field(default_factory=lambda: os.cpu_count() or 1, gt=0, le=256, description="shards at once")
    shard_bytes: int = Field(default=256 << 20, gt=0, description="about how much of a day one publisher is given")
    commit_seconds: float = Field(default=5.0, gt=0, le=30, description="how much publishing a death undoes or repeats")
    store_concurrency: int = Field(default=32, gt=0, le=256, description="blob requests under way at once")

    @field_validator("keep_backups_for", "outage_patience", mode="before")
    @classmethod
    def _read_duration(cls, value: object) -> object:
        """``7d``, ``12h``, ``30m`` or ``0``."""
        match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            return value
        return timedelta(**{_UNITS[match[2] or "d"]: int(match[1])})

    @field_validator("state_container")
    @classmethod
    def _container(cls, value: str) -> str:
        if not names.is_container(value):
            raise ValueError("it is no name of a container")
        return value


def load() -> Settings:
    """Read the environment; `BadConfig` names the variable to mend, never its value."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = "REPLAY_" + "_".join(str(part) for part in first["loc"]).upper()
        raise BadConfig(f"{name} cannot be used: {first['msg']}.", advice="Mend that setting.") from None
