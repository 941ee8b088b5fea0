"""``replay_config.json``: which sinks depend on which source, and its output topic. Validated when loaded.

The document maps a source's name to ``outputKafkaTopic`` and ``dependentSinkSources``. Optional keys of an
entry: ``inputPrefix`` (the folder to read, by default the entry's name), ``settle`` (the consumer groups
to wait for, in pipeline order: ``{"consumerGroup": "…", "topic": "…"}``, the topic by default the output; with
``maxLag`` publishing never puts the group further behind),
``eventId`` and ``landing`` (how it is told that what was published has come back), ``dedupHours`` (for how long the
pipeline drops an event that it has seen), ``canary`` (the first events of a day are tried before it is cleared), and
those of
`replay_engine.request.publishing_options`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from replay_engine.errors import BadConfig
from replay_engine.model import Canary, LandingRules, Publishing, Sink, SinkType
from replay_engine.request.placeholders import left_open, without_open
from replay_engine.request.publishing_options import OptionsDocument
from replay_engine.state import names

DEFAULT_CONFIG = Path(__file__).parents[1] / "replay_config.json"
#: Sunbird's later config, to be copied and filled in.
SUNBIRD_CONFIG = DEFAULT_CONFIG.with_name("sources.sunbird.json")


class _SinkDocument(BaseModel):
    model_config = ConfigDict(extra="forbid")
    type: SinkType
    prefix: str = Field(min_length=1)


class _SettleDocument(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    consumer_group: str = Field(alias="consumerGroup", min_length=1)
    topic: str | None = None
    # Below that the markers of transactions alone could keep publishing at rest.
    max_lag: int | None = Field(alias="maxLag", default=None, ge=1000)


class _LandingDocument(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sample: int = Field(default=LandingRules().sample, ge=1, le=1 << 16)
    tolerance: dict[str, Annotated[float, Field(ge=0.0, lt=1.0)]] = Field(default_factory=dict)
    smallest: float = Field(default=LandingRules().smallest, ge=0.0, le=1.0)
    largest: float = Field(default=LandingRules().largest, gt=0.0, allow_inf_nan=False)


class _CanaryDocument(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    topic: str = Field(min_length=1)
    consumer_group: str = Field(alias="consumerGroup", default="")
    folder: str = ""
    lines: int = Field(default=1000, ge=1, le=100_000)
    minutes: float = Field(default=15.0, gt=0, le=24 * 60, allow_inf_nan=False)

    def canary(self) -> Canary:
        """As the engine has it."""
        return Canary(self.topic, self.consumer_group, names.folder(self.folder), self.lines, self.minutes)


class _EntryDocument(OptionsDocument):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    output_kafka_topic: str = Field(alias="outputKafkaTopic", min_length=1)
    dependent_sink_sources: list[_SinkDocument] = Field(alias="dependentSinkSources")
    input_prefix: str | None = Field(alias="inputPrefix", default=None)
    settle: list[_SettleDocument] = Field(default_factory=list)
    event_id: str = Field(alias="eventId", default="", pattern=r"^$|^(events\[\]\.)?[^.\[\]]+$")
    landing: _LandingDocument = Field(default_factory=_LandingDocument)
    canary: _CanaryDocument | None = None
    dedup_hours: float = Field(alias="dedupHours", default=0.0, ge=0.0, le=24 * 366, allow_inf_nan=False)

    def landing_rules(self) -> LandingRules:
        """As the engine has them; the sinks' folders as names begin with them."""
        tolerance = {names.folder(sink): part for sink, part in self.landing.tolerance.items()}
        return LandingRules(self.event_id, self.landing.sample, tolerance, self.landing.smallest, self.landing.largest)


_DOCUMENT = TypeAdapter(dict[str, _EntryDocument])


@dataclass(frozen=True, slots=True)
class SettleOn:
    """A consumer group named by the config; ``topic`` is ``None`` for the output topic."""

    consumer_group: str
    topic: str | None
    max_lag: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One entry: the folder that is read, the topic it goes to, and what must be cleared first."""

    name: str
    folder: str
    topic: str
    sinks: tuple[Sink, ...]
    settle: tuple[SettleOn, ...]
    publishing: Publishing
    landing: LandingRules = field(default_factory=LandingRules)
    dedup_hours: float = 0.0
    canary: Canary | None = None


@dataclass(frozen=True, slots=True)
class Catalog:
    """All entries of the config document, in its order; ``unfilled`` are their keys that are placeholders still."""

    sources: Mapping[str, Source]
    unfilled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def check_filled(self, source: str) -> None:
        """Raise `BadConfig` with the first key of a source that nobody has filled in."""
        for key in self.unfilled.get(source, ())[:1]:
            raise BadConfig(f"The config leaves {key} open.", advice="Fill it in there, or take the key out.")


def load(path: Path | None = None) -> Catalog:
    """Read and check the document; `BadConfig` says which part of it to mend."""
    path = path or DEFAULT_CONFIG
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(
            f"The config {path} cannot be read: {error}.",
            advice="Set REPLAY_CONFIG or --config to the document.",
        ) from error
    return parse(text, str(path))


def parse(text: str, origin: str) -> Catalog:
    """Check a document; ``origin`` names it in errors."""
    try:
        document = json.loads(text, object_pairs_hook=_unique_keys)
        named = document if isinstance(document, dict) else {}
        unfilled = {name: tuple(left_open(entry, name)) for name, entry in named.items()}
        filled = {name: without_open(entry) for name, entry in named.items()}
        entries = _DOCUMENT.validate_python(filled if named else document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the top"
        raise BadConfig(f"The config {origin} is wrong at {place}: {first['msg']}.", advice="Mend it there.") from error
    except (ValueError, RecursionError) as error:
        raise BadConfig(f"The config {origin} is not JSON: {error}.", advice="Mend it there.") from error
    sources = {name: _source(name, entry, origin) for name, entry in entries.items()}
    _check_canaries(sources, origin)
    return Catalog(sources, unfilled)


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        twice = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"{twice!r} stands there twice")
    return result


def _source(name: str, entry: _EntryDocument, origin: str) -> Source:
    sinks = tuple(Sink(s.type, names.folder(s.prefix)) for s in entry.dependent_sink_sources)
    source = Source(
        name=name,
        folder=names.folder(entry.input_prefix or name),
        topic=entry.output_kafka_topic,
        sinks=sinks,
        settle=tuple(SettleOn(s.consumer_group, s.topic, s.max_lag) for s in entry.settle),
        publishing=entry.publishing(),
        landing=entry.landing_rules(),
        dedup_hours=entry.dedup_hours,
        canary=entry.canary.canary() if entry.canary else None,
    )
    what = _trouble(source)
    if what:
        raise BadConfig(f"The config {origin} is wrong at {name}: {what}.", advice="Mend it there.")
    return source


def _check_canaries(sources: Mapping[str, Source], origin: str) -> None:
    """What is sent before anything is cleared must reach no sink of any source."""
    topics = {source.topic: source.name for source in sources.values()}
    for source in sources.values():
        if source.canary and source.canary.topic in topics:
            raise BadConfig(
                f"The config {origin} is wrong at {source.name}: its canary topic {source.canary.topic} is the output "
                f"topic of {topics[source.canary.topic]}.",
                advice="Name a topic that only a canary pipeline reads.",
            )


def _trouble(source: Source) -> str:
    """What makes an entry unusable although its parts are well formed; empty when nothing does."""
    if not source.folder:
        return "it reads no folder"
    if any(not sink.prefix for sink in source.sinks):
        return "a sink has no name"
    unknown = [sink for sink in source.landing.tolerance if sink not in {one.prefix for one in source.sinks}]
    if unknown:
        return f"it tolerates losses in {unknown[0]!r}, which is none of its sinks"
    if source.canary and (trouble := _canary_trouble(source.canary, source)):
        return trouble
    clash = overlapping_sink(source.folder, source.sinks)
    if clash is not None:
        return f"its sink {clash!r} overlaps the folder it reads"
    for number, sink in enumerate(source.sinks):
        others = source.sinks[:number]
        twice = sink.prefix if sink in others else sink.type is SinkType.AZURE and overlapping_sink(sink.prefix, others)
        if twice:
            return f"its sinks {twice!r} and {sink.prefix!r} overlap"
    return ""


def _canary_trouble(canary: Canary, source: Source) -> str:
    if not canary.consumer_group and not canary.folder:
        return "its canary has neither consumerGroup nor folder: nobody could tell that it came through"
    places = (source.folder, *(sink.prefix for sink in source.sinks if sink.type is SinkType.AZURE))
    if canary.folder and any(names.within(canary.folder, one) or names.within(one, canary.folder) for one in places):
        return f"its canary's folder {canary.folder!r} overlaps what the source reads or clears"
    return ""


def overlapping_sink(folder: str, sinks: tuple[Sink, ...]) -> str | None:
    """A sink that a replay of ``folder`` would clear although it reads it; ``None`` when there is none."""
    for sink in sinks:
        if sink.type is SinkType.AZURE and (names.within(sink.prefix, folder) or names.within(folder, sink.prefix)):
            return sink.prefix
    return None
