"""What people may choose in this installation, by config and settings, and whether a request keeps to it. Pure.

The form shows it, the text is checked against it, and both ask `permitted`: nobody publishes to brokers, or reads
from a container, that whoever runs the bot has neither named nor left open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.settings import BotSettings, FreeText
from replay_engine import BadRequest, Engine, Request, SinkType

_ADVICE = "Whoever runs the bot can allow it with REPLAY_SLACK_FREE_TEXT."


@dataclass(frozen=True, slots=True)
class OfferedSource:
    """An entry of the config: its topic in full, and what is cleared and filled again."""

    topic: str
    folders: tuple[str, ...] = ()
    datasources: tuple[str, ...] = ()

    @property
    def has_sinks(self) -> bool:
        """Whether anything depends on it."""
        return bool(self.folders or self.datasources)


@dataclass(frozen=True, slots=True)
class Offer:
    """``bucket`` and ``broker_list`` are what is taken when nothing is said; ``clusters`` are named broker lists."""

    sources: Mapping[str, OfferedSource] = field(default_factory=dict)
    bucket: str | None = None
    broker_list: str | None = None
    clusters: Mapping[str, str] = field(default_factory=dict)
    free_text: frozenset[FreeText] = frozenset()

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of the config, each once."""
        return tuple(dict.fromkeys(source.topic for source in self.sources.values()))


def offer(engine: Engine, bot: BotSettings) -> Offer:
    """What the engine's config and both settings say."""
    prefix = engine.settings.topic_prefix
    sources = {
        name: OfferedSource(
            prefix + source.topic,
            tuple(sink.prefix for sink in source.sinks if sink.type is SinkType.AZURE),
            tuple(sink.prefix for sink in source.sinks if sink.type is SinkType.DRUID),
        )
        for name, source in engine.catalog.sources.items()
    }
    given = engine.settings
    return Offer(sources, given.bucket, given.broker_list, bot.named_clusters(), bot.may_be_free_text())


def permitted(request: Request, offered: Offer) -> None:
    """`BadRequest` for a topic, brokers or a container that may not be named here."""
    topic, bucket = (request.topic or "").strip(), (request.bucket or "").strip()
    if topic and FreeText.TOPIC not in offered.free_text and topic not in offered.topics:
        raise BadRequest("topic", f"{topic} is no topic of the config, and no other may be named.", advice=_ADVICE)
    if bucket and FreeText.CONTAINER not in offered.free_text and bucket != offered.bucket:
        raise BadRequest("bucket", f"{bucket} is not the container to read, and no other may be named.", advice=_ADVICE)
    brokers = _brokers(request.broker_list)
    named = [_brokers(one) for one in (offered.broker_list, *offered.clusters.values())]
    if brokers and FreeText.BROKERS not in offered.free_text and brokers not in named:
        known = f"Name a cluster: {', '.join(offered.clusters)}." if offered.clusters else _ADVICE
        raise BadRequest("brokerList", "Brokers may not be named here.", advice=known)


def cluster_of(broker_list: str | None, offered: Offer) -> str | None:
    """The name under which the settings have these brokers."""
    brokers = _brokers(broker_list)
    return next((name for name, one in offered.clusters.items() if brokers and _brokers(one) == brokers), None)


def _brokers(text: str | None) -> frozenset[str]:
    return frozenset(part.strip() for part in (text or "").split(",") if part.strip())
