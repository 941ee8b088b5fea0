"""What a person asked for + config + settings -> a spec with nothing left open. Pure; refuses what cannot be meant."""

from dataclasses import replace
from datetime import date
from typing import Any

from replay_engine.errors import BadRequest
from replay_engine.model import CheckSource, LandingRules, LandingWait, Publishing, ReplaySpec, Request, SinkType
from replay_engine.request import config_document
from replay_engine.request.config_document import Catalog, Source
from replay_engine.request.option import RequestOption
from replay_engine.request.options_table import publishing_choices
from replay_engine.settings import Settings
from replay_engine.state import names

#: More days than this in one request are a typing mistake far more often than a wish.
MOST_DAYS = 366


def resolve(request: Request, config: Catalog, settings: Settings) -> ReplaySpec:
    """Fill in what the person left open, and refuse what cannot be meant. Pure.

    Raises `BadRequest` whose ``field`` is the mission's name of the input.
    """
    entry = config.sources.get(request.source)
    file_path = (request.file_path or "").strip() or None
    config.check_filled(request.source)
    # A name that nobody knows is told before what is missing because of it.
    folder = _folder(request, entry, config, file_path)
    topic = _topic(request, entry, settings)
    spec = ReplaySpec(
        source=request.source,
        container=_container(request, settings),
        folder=folder,
        file_path=file_path,
        days=_days(request, file_path),
        topic=topic,
        broker_list=_required(
            "brokerList", request.broker_list or settings.broker_list, "Name the brokers (REPLAY_BROKER_LIST)."
        ),
        delete_backups=_delete_backups(request, entry, file_path),
        sinks=entry.sinks if entry else (),
        landing_waits=tuple(
            LandingWait(s.consumer_group, settings.topic_prefix + s.topic if s.topic else topic, s.max_lag)
            for s in (entry.settle if entry else ())
        ),
        publishing=_publishing(request, entry),
        landing=entry.landing if entry else LandingRules(),
        again=bool(request.again),
        dedup_hours=entry.dedup_hours if entry else 0.0,
    )
    if spec.destructive and spec.publishing.check_source is None:
        spec = replace(spec, publishing=replace(spec.publishing, check_source=CheckSource.FULL))
    _check_sinks(spec, settings)
    if entry is None or not spec.destructive:
        return spec
    canary = entry.canary and replace(entry.canary, topic=settings.topic_prefix + entry.canary.topic)
    if canary and canary.topic == spec.topic:
        raise BadRequest("topic", f"{spec.topic} is the source's canary topic.", advice="Name another.")
    return replace(
        spec, canary=canary, cautions=(*_shared(entry, config), *_landing(entry), *_filtered(spec.publishing))
    )


def _publishing(request: Request, entry: Source | None) -> Publishing:
    """The config's choices, and over them those of the request."""
    publishing = entry.publishing if entry else Publishing()
    chosen = {one.attribute: _chosen(one, getattr(request, one.attribute)) for one in publishing_choices()}
    return replace(publishing, **{attribute: value for attribute, value in chosen.items() if value is not None})


def _chosen(option: RequestOption, value: Any) -> Any:
    """What a request says; ``None`` where it leaves the choice to the config."""
    if option.choices is None:
        return value
    wanted = (value or "").strip()
    if wanted and wanted not in list(option.choices):
        known = " or ".join(option.choices)
        raise BadRequest(option.name, f"{option.name} {wanted!r} is not known.", advice=f"Say {known}.")
    return option.choices(wanted) if wanted else None


def _filtered(publishing: Publishing) -> tuple[str, ...]:
    """What a filter leaves out was in the sinks, perhaps, and is cleared with the rest."""
    if not publishing.filters:
        return ()
    return (
        "The config filters what is published: what the sinks hold of the other lines is deleted too, "
        "and this replay does not bring it back.",
    )


def _landing(entry: Source) -> tuple[str, ...]:
    """Without consumer groups to wait for nobody knows when the pipeline has read everything."""
    if entry.settle:
        return ()
    return (
        "The config names no consumer group to wait for (settle): "
        "what lands after a failed day was restored stays in its sinks.",
    )


def _shared(entry: Source, config: Catalog) -> tuple[str, ...]:
    """Sinks that a source off this one's chain fills too: what came from there does not come back."""
    strangers = [other for other in config.sources.values() if not _on_one_chain(entry, other)]
    shared = {sink: [o.name for o in strangers if sink in o.sinks] for sink in entry.sinks}
    folders = [sink.prefix for sink, others in shared.items() if others]
    if not folders:
        return ()
    others = sorted({name for names_ in shared.values() for name in names_})
    return (
        f"{', '.join(folders)} may also hold what came from {', '.join(others)}: "
        "folders without an event of this source are left alone, the rest of it is not brought back.",
    )


def _on_one_chain(one: Source, other: Source) -> bool:
    """Whether one's events pass through the other's folder on their way (or it is the same)."""
    sinks = {sink.prefix for sink in (*one.sinks, *other.sinks)}
    return one.name == other.name or one.folder in sinks or other.folder in sinks


def _required(field: str, value: str | None, advice: str) -> str:
    if not value or not value.strip():
        raise BadRequest(field, f"{field} is missing.", advice=advice)
    return value.strip()


def _container(request: Request, settings: Settings) -> str:
    name = _required("bucket", request.bucket or settings.bucket, "Name the container (REPLAY_BUCKET).")
    if not names.is_container(name):
        raise BadRequest("bucket", f"{name!r} is no name of a container.", advice="Name the container only.")
    return name


def _folder(request: Request, entry: Source | None, config: Catalog, file_path: str | None) -> str:
    chosen = names.folder(request.prefix or "")
    if not entry and not chosen and not file_path:
        known = ", ".join(config.sources)
        raise BadRequest(
            "source",
            f"{request.source!r} is not in the config.",
            advice=f"Known are {known}; or give a folder and a topic.",
        )
    if file_path and chosen:
        raise BadRequest("filePath", "Either a folder or one file can be replayed.", advice="Leave out one of them.")
    return chosen or (entry.folder if entry and not file_path else (file_path or "").rpartition("/")[0])


def _topic(request: Request, entry: Source | None, settings: Settings) -> str:
    if request.topic and request.topic.strip():
        return request.topic.strip()
    if entry is None:
        raise BadRequest(
            "topic", "topic is missing.", advice=f"{request.source!r} is not in the config: name its topic."
        )
    return settings.topic_prefix + entry.topic


def _delete_backups(request: Request, entry: Source | None, file_path: str | None) -> bool:
    if request.delete_backups is None:
        return bool(entry and entry.sinks and not file_path)
    if request.delete_backups and file_path:
        raise BadRequest(
            "deleteBackups",
            "One file cannot be replayed with deleteBackups: a whole day would be deleted and one file refilled.",
            advice="Say --no-delete-backups, or leave out the file path.",
        )
    if request.delete_backups and entry is None:
        raise BadRequest(
            "deleteBackups",
            f"{request.source!r} is not in the config, so nobody knows what depends on it.",
            advice="Say --no-delete-backups.",
        )
    return request.delete_backups


def _days(request: Request, file_path: str | None) -> tuple[date, ...]:
    of_file = names.day_of(file_path) if file_path else None
    first = _day("startDate", request.start_date or request.end_date, of_file)
    last = _day("endDate", request.end_date or request.start_date, of_file)
    if last < first:
        raise BadRequest("endDate", f"endDate {last} is before startDate {first}.", advice="Swap them.")
    if (last - first).days >= MOST_DAYS:
        raise BadRequest("endDate", f"{first} to {last} is more than {MOST_DAYS} days.", advice="Ask for fewer.")
    if not file_path:
        return tuple(names.days_between(first, last))
    if not first <= (of_file or first) <= last or (of_file is None and first != last):
        raise BadRequest(
            "filePath", f"{file_path} is no file of these dates.", advice="Give its own day as both dates."
        )
    return (of_file or first,)


def _day(field: str, text: str | None, otherwise: date | None) -> date:
    if not text and otherwise:
        return otherwise
    day = names.parse_day((text or "").strip())
    if day is None:
        raise BadRequest(field, f"{field} {text or ''!r} is no date.", advice="Write it as 2019-12-01.")
    return day


def _check_sinks(spec: ReplaySpec, settings: Settings) -> None:
    clash = config_document.overlapping_sink(spec.folder, spec.sinks) if spec.destructive else None
    if clash is not None:
        raise BadRequest(
            "prefix", f"{spec.folder} would be read and, as the sink {clash}, cleared.", advice="Read another."
        )
    if spec.container == settings.state_container:
        raise BadRequest("bucket", f"{spec.container} keeps the replays' own state.", advice="Name the data container.")
    if spec.sink_prefixes(SinkType.DRUID) and not settings.druid_url:
        raise BadRequest(
            "deleteBackups", "This source has Druid sinks and no Druid is configured.", advice="Set REPLAY_DRUID_URL."
        )
