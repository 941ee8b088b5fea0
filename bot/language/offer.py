"""What people may choose in this installation, by config and settings, and whether a request keeps to it. Pure.

The form shows it, the text is checked against it, and both ask `permitted`: nobody publishes to brokers, or reads
from a container, that whoever runs the bot has neither named nor left open.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.settings import BotSettings
from replay_engine import BadRequest, Engine, FreeText, Request, SinkType, request_options

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
    settings = engine.settings
    return Offer(sources, settings.bucket, settings.broker_list, bot.named_clusters(), bot.may_be_free_text())


def permitted(request: Request, offered: Offer) -> None:
    """`BadRequest` for a topic, brokers or a container that may not be named here.

    An option whose values nothing here knows is refused until it is left open.
    """
    gated = {option.name: option for option in request_options() if option.free_text}
    for name in dict.fromkeys([*_NAMED, *gated]):
        value = (getattr(request, gated[name].attribute) or "").strip()
        if value and gated[name].free_text not in offered.free_text and not _is_named(name, value, offered):
            sentence = _SENTENCES.get(name, "{value} may not be named here.").format(value=value)
            clusters = ", ".join(offered.clusters) if name == "brokerList" else ""
            raise BadRequest(name, sentence, advice=f"Name a cluster: {clusters}." if clusters else _ADVICE)


def _is_named(name: str, value: str, offered: Offer) -> bool:
    return name in _NAMED and _NAMED[name](value, offered)


def _are_named_brokers(value: str, offered: Offer) -> bool:
    """In any order; separators alone name none."""
    brokers = _brokers(value)
    return not brokers or brokers in map(_brokers, (offered.broker_list, *offered.clusters.values()))


#: Whether config or settings name a value of an option that is not free text, and the refusal where they do not.
_NAMED: dict[str, Callable[[str, Offer], bool]] = {
    "topic": lambda value, offered: value in offered.topics,
    "bucket": lambda value, offered: value == offered.bucket,
    "brokerList": _are_named_brokers,
}
_SENTENCES = {
    "topic": "{value} is no topic of the config, and no other may be named.",
    "bucket": "{value} is not the container to read, and no other may be named.",
    "brokerList": "Brokers may not be named here.",
}


def cluster_of(broker_list: str | None, offered: Offer) -> str | None:
    """The name under which the settings have these brokers."""
    brokers = _brokers(broker_list)
    return next((name for name, one in offered.clusters.items() if brokers and _brokers(one) == brokers), None)


def _brokers(text: str | None) -> frozenset[str]:
    return frozenset(part.strip() for part in (text or "").split(",") if part.strip())
