"""The bot's own settings; the engine reads its own. Secrets never show in a repr, a log or an error."""

from enum import StrEnum

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from replay_engine import BadConfig


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
        description="user ids, separated by commas; nobody else may use the bot, and an empty list means nobody",
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

    def operator_ids(self) -> frozenset[str]:
        """Who may use the bot."""
        return frozenset(part.strip() for part in self.operators.split(",") if part.strip())


def load() -> BotSettings:
    """Read the environment; `BadConfig` names every variable to mend, never its value."""
    try:
        return BotSettings()
    except ValidationError as error:
        raise BadConfig(f"{_named(error)}.", advice="See docs/configuration.md.") from None


def _named(error: ValidationError) -> str:
    problems = error.errors(include_input=False, include_url=False)
    words = {"missing": "is missing"}
    told = [f"{str(one['loc'][0]).upper()} {words.get(one['type'], 'cannot be used')}" for one in problems]
    return ", ".join(told)


def load_for_listening() -> BotSettings:
    """As `load`, with what it takes to hear Slack: the worker only speaks and needs less."""
    settings = load()
    if settings.http_port is None and settings.slack_app_token is None:
        raise BadConfig("SLACK_APP_TOKEN is missing.", advice="Set it for Socket Mode, or REPLAY_HTTP_PORT for HTTP.")
    if settings.http_port is not None and settings.slack_signing_secret is None:
        raise BadConfig("SLACK_SIGNING_SECRET is missing.", advice="HTTP needs it to know Slack's requests.")
    return settings
