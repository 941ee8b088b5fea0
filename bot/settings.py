"""The bot's own settings; the engine reads its own. Secrets never show in a repr, a log or an error."""

import re
from enum import StrEnum

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.access import Access, Members, is_group
from bot.render.style import Style
from replay_engine import BadConfig, FreeText

_BROKER = r"\s*[^\s,;=]+:\d{1,5}\s*"
_CLUSTER = re.compile(rf"\s*([\w.-]{{1,75}})\s*=({_BROKER}(?:,{_BROKER})*)")


class ShardExecutor(StrEnum):
    """Where the shards of a day are published."""

    LOCAL = "local"
    RQ = "rq"


class BotSettings(BaseSettings):
    """What the environment says about Slack and Redis. Frozen."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    slack_bot_token: SecretStr
    slack_app_token: SecretStr | None = Field(default=None, description="for Socket Mode, the default")
    slack_signing_secret: SecretStr | None = Field(default=None, description="for HTTP")
    slack_api_url: str = "https://slack.com/api/"
    redis_url: SecretStr = Field(validation_alias=AliasChoices("REPLAY_REDIS_URL"))
    operators: str = Field(
        default="",
        validation_alias=AliasChoices("REPLAY_SLACK_OPERATORS"),
        description="ids of users and user groups, separated by commas, who may do everything; empty means nobody",
    )
    approvers: str = Field(
        default="",
        validation_alias=AliasChoices("REPLAY_SLACK_APPROVERS"),
        description="ids of users and user groups who may confirm what others asked for, stop it, and look",
    )
    channels: str = Field(
        default="",
        validation_alias=AliasChoices("REPLAY_SLACK_CHANNELS"),
        description="ids of the channels in which the bot listens, separated by commas; empty means none",
    )
    two_person: bool = Field(
        default=False,
        validation_alias=AliasChoices("REPLAY_TWO_PERSON"),
        description="true: only an approver who did not ask for a replay may confirm it",
    )
    slack_blocks: Style = Field(
        default="native",
        validation_alias=AliasChoices("REPLAY_SLACK_BLOCKS"),
        description="native: Slack's plan and chart blocks; plain: sections only, which every workspace shows",
    )
    slack_pace: float = Field(
        default=1.0,
        ge=0,
        validation_alias=AliasChoices("REPLAY_SLACK_PACE"),
        description="stretches the pauses that Slack wants between posts and edits; 0: none, where nothing is limited",
    )
    plan_hours: float = Field(
        default=12.0,
        gt=0,
        validation_alias=AliasChoices("REPLAY_PLAN_HOURS"),
        description="hours after which a plan that nobody decided has gone stale",
    )
    clusters: str = Field(
        default="",
        validation_alias=AliasChoices("REPLAY_CLUSTERS"),
        description="broker lists that may be chosen by name: prod=k1:9092,k2:9092;test=t1:9092",
    )
    free_text: str = Field(
        default="",
        validation_alias=AliasChoices("REPLAY_SLACK_FREE_TEXT"),
        description="which of topic, brokers and container people may name as they like; empty means none",
    )
    shard_executor: ShardExecutor = Field(
        default=ShardExecutor.LOCAL,
        validation_alias=AliasChoices("REPLAY_SHARD_EXECUTOR"),
        description="local: by processes of the machine that runs the replay; rq: by every worker that publishes",
    )
    http_port: int | None = Field(
        default=None,
        validation_alias=AliasChoices("REPLAY_HTTP_PORT"),
        description="serve signed requests on this port instead of Socket Mode",
    )
    http_host: str = Field(default="127.0.0.1", validation_alias=AliasChoices("REPLAY_HTTP_HOST"))

    def access(self, members: Members) -> Access:
        """Who may do what, and where; ``members`` gives a user group's members."""
        operators, approvers = _ids(self.operators), _ids(self.approvers)
        return Access(operators, approvers, _ids(self.channels), self.two_person, members)

    def group_ids(self) -> frozenset[str]:
        """The user groups that the lists name."""
        return frozenset(filter(is_group, _ids(self.operators) | _ids(self.approvers)))

    def named_clusters(self) -> dict[str, str]:
        """Broker lists by the names that people choose."""
        return _clusters(self.clusters)

    def may_be_free_text(self) -> frozenset[FreeText]:
        """What people may name as they like."""
        return frozenset(map(FreeText, _listed(self.free_text)))

    @field_validator("clusters")
    @classmethod
    def _are_clusters(cls, text: str) -> str:
        parts = [part for part in text.split(";") if part.strip()]
        if len(_clusters(text)) != len(parts):
            raise PydanticCustomError("form", "is not written like prod=k1:9092,k2:9092;test=t1:9092, each name once")
        return text

    @field_validator("free_text")
    @classmethod
    def _are_fields(cls, text: str) -> str:
        if not set(_listed(text)) <= set(FreeText):
            raise PydanticCustomError("form", "may name topic, brokers and container, separated by commas")
        return text


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _clusters(text: str) -> dict[str, str]:
    found = filter(None, map(_CLUSTER.fullmatch, text.split(";")))
    return {match[1]: ",".join(_listed(match[2])) for match in found}


def _ids(text: str) -> frozenset[str]:
    return frozenset(_listed(text))


def load() -> BotSettings:
    """Read the environment; `BadConfig` names every variable to mend, never its value."""
    try:
        return BotSettings()
    except ValidationError as error:
        raise BadConfig(f"{_named(error)}.", advice="See docs/configuration.md.") from None


def _named(error: ValidationError) -> str:
    problems = error.errors(include_input=False, include_url=False)
    sentences = [f"{str(one['loc'][0]).upper()} {_sentence(one['type'], one['msg'])}" for one in problems]
    return ", ".join(sentences)


def _sentence(kind: str, message: str) -> str:
    """Our own sentences, which repeat no value; pydantic's may."""
    return message if kind == "form" else {"missing": "is missing"}.get(kind, "cannot be used")


def load_for_listening() -> BotSettings:
    """As `load`, with what it takes to hear Slack: the worker only speaks and needs less."""
    settings = load()
    if settings.http_port is None and settings.slack_app_token is None:
        raise BadConfig("SLACK_APP_TOKEN is missing.", advice="Set it for Socket Mode, or REPLAY_HTTP_PORT for HTTP.")
    if settings.http_port is not None and settings.slack_signing_secret is None:
        raise BadConfig("SLACK_SIGNING_SECRET is missing.", advice="HTTP needs it to know Slack's requests.")
    return settings
