"""What of a replay is left to do again: the days that did not close, and what would be asked for them today. Pure.

A retry is a replay of its own. What a person had asked for is taken from the confirmed plan; what the config says of
the source (its sinks, filters, whom to wait for) is taken from today's, and every difference is a caution.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from replay_engine.day.lifecycle import Does, No, Order, row
from replay_engine.day.recall import Place, Standing
from replay_engine.day.report import day_report
from replay_engine.errors import Refused
from replay_engine.model import Plan, ReplaySpec, Request, Stage
from replay_engine.plan.history import earlier_days
from replay_engine.reports import ReplayReport
from replay_engine.request import resolve as resolving
from replay_engine.request.config_document import Catalog
from replay_engine.request.options_table import publishing_choices
from replay_engine.settings import Settings

_ANY_TIME = datetime.min.replace(tzinfo=UTC)


def retry_spec(
    plan: Plan,
    standings: Mapping[date, Standing],
    config: Catalog,
    settings: Settings,
    *,
    cancelled: bool,
    later: Sequence[ReplayReport] = (),
    again: bool = False,
) -> ReplaySpec:
    """The days that were restored, or never begun, asked for again. ``standings`` are where all of them stand.

    Raises `Refused` while some day may still go on by itself or by a person, here or in a ``later`` replay of it, and
    when there is none left. A day whose locks were given up is left to whoever took care of it, and one that a later
    replay closed is left out, unless a person wants them ``again``. ``later`` ones are of the same source and topic.
    """
    for day in plan.days:
        _check_over(plan.replay_id, day.day, standings[day.day], cancelled=cancelled)
    left = [day.day for day in plan.days if _is_left(standings[day.day])]
    closed = {day: by for day in left if not again and (by := _closed_later(plan, day, later))}
    days = tuple(day for day in left if day not in closed)
    released = [str(day.day) for day in plan.days if standings[day.day].let_go]
    told = [f"{day} was closed by {by}, and is not among these days." for day, by in closed.items()]
    if not days:
        advice = f"{_listed(released)} was released: plan it on its own." if released else "Nothing is left to do."
        advice = f"It was done later: {_listed(sorted(set(closed.values())))}." if closed and not released else advice
        raise Refused(f"No day of {plan.replay_id} is to be replayed again.", advice=advice)
    spec = replace(resolving.resolve(_same_request(plan.spec, days, again=again), config, settings), days=days)
    cautions = [*_changed(plan, spec, config, settings), *_published(plan, standings, days), *_released(released)]
    cautions += told
    return replace(spec, cautions=(*spec.cautions, *cautions))


def _check_over(replay_id: str, day: date, standing: Standing, *, cancelled: bool) -> None:
    """Raise `Refused` for a day that is not at its end, and may still begin."""
    outcome = _row(standing)
    if outcome is Does.PLANS_AGAIN_IF_CANCELLED and not cancelled:
        outcome = row(Order.RETRY, Place.GOING_FORWARD)
    if isinstance(outcome, No):
        raise outcome.refusal(day, replay_id, standing.error)


def _closed_later(plan: Plan, day: date, later: Sequence[ReplayReport]) -> str:
    """The later replay that closed the day; raises `Refused` while one still has it."""
    closed_by = ""
    for found in earlier_days(day, later):
        by = found.replay_id
        if found.unfinished:
            raise Refused(
                f"{by} is still at work on {day} of {plan.replay_id}: it is {found.text} there.",
                advice=f"Wait for it, carry it on (replay resume {by}) or end it (replay cancel {by}).",
            )
        if found.text == Stage.CLOSED:
            closed_by = closed_by or by
    return closed_by


def _is_left(standing: Standing) -> bool:
    return _row(standing) in (Does.PLANS_AGAIN, Does.PLANS_AGAIN_IF_CANCELLED)


def _row(standing: Standing) -> Does | No:
    # Whether a backup is kept, and until when, makes no difference to a retry.
    return row(Order.RETRY, standing.place(standing.last_at or _ANY_TIME))


def _same_request(spec: ReplaySpec, days: tuple[date, ...], *, again: bool) -> Request:
    """What a person would ask for to get the same again."""
    return Request(
        source=spec.source,
        start_date=str(days[0]),
        end_date=str(days[-1]),
        bucket=spec.container,
        prefix=None if spec.file_path else spec.folder,
        file_path=spec.file_path,
        topic=spec.topic,
        broker_list=spec.broker_list,
        delete_backups=spec.delete_backups,
        again=again,
        **{option.attribute: getattr(spec.publishing, option.attribute) for option in publishing_choices()},
    )


def _changed(plan: Plan, spec: ReplaySpec, config: Catalog, settings: Settings) -> Iterator[str]:
    """What today's config says otherwise."""
    old = plan.spec
    if set(spec.sinks) != set(old.sinks):
        does = "deletes from" if spec.destructive else "deletes nothing; the config now names"
        yield (
            f"The sinks of {spec.source} have changed in the config since {plan.replay_id}, "
            f"which had {_prefixes(old)}: this {does} {_prefixes(spec)}."
        )
    entry = config.sources.get(spec.source)
    if entry and not spec.file_path and entry.folder != spec.folder:
        yield f"The config reads {entry.folder} for {spec.source}; this reads {spec.folder}, as {plan.replay_id} did."
    topic = settings.topic_prefix + entry.topic if entry else spec.topic
    if topic != spec.topic:
        yield f"The config sends {spec.source} to {topic}; this goes to {spec.topic}, as {plan.replay_id} did."
    # How well the source is looked at before makes no difference to what is published.
    same = replace(spec.publishing, delivery=old.publishing.delivery, check_source=old.publishing.check_source)
    if same != old.publishing:
        yield f"The config says otherwise than for {plan.replay_id} which lines are published, and how."


def _prefixes(spec: ReplaySpec) -> str:
    return _listed([sink.prefix for sink in spec.sinks]) or "none"


def _published(plan: Plan, standings: Mapping[date, Standing], days: Sequence[date]) -> Iterator[str]:
    """What is in the topic stays there, whatever became of the sinks."""
    for day in plan.days:
        lines = day_report(day, standings[day.day]).lines_published
        if lines and day.day in days:
            yield (
                f"{plan.replay_id} had published {lines:,} events of {day.day}: they are in the topic twice after this."
            )


def _released(days: list[str]) -> Iterator[str]:
    if days:
        yield f"{_listed(days)} was held and released, and is not among these days."


def _listed(words: list[str]) -> str:
    return ", ".join(words)
