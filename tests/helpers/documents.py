"""Values of every kind that is kept on disk, as hypothesis draws them and as the golden files have them."""

import string
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from replay_engine.model import (
    Amount,
    Blob,
    CheckSource,
    Condition,
    DayPlan,
    Delivery,
    Filter,
    Inventory,
    LandingWait,
    OnBadLine,
    Plan,
    Publishing,
    ReplaySpec,
    Segment,
    Sink,
    SinkType,
    Stage,
)
from replay_engine.plan.document import plan_hash
from replay_engine.state.audit_log import AuditEntry
from replay_engine.state.journal import Entry, Kind
from replay_engine.state.manifest import Manifest

DAYS = st.dates(date(1970, 1, 1), date(9998, 12, 31))
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WORD = st.text(string.ascii_lowercase + "-/.", min_size=1, max_size=12)
COUNTS = st.integers(0, 2**53)
BLOBS = st.builds(Blob, TEXT, COUNTS, WORD, st.sampled_from(["", "0cc175b9c0f1b6a831c399e269772661"]))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | COUNTS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def segments(datasource: str) -> st.SearchStrategy[Segment]:
    return st.builds(Segment, TEXT, st.just(datasource), MOMENTS, MOMENTS, TEXT, st.integers(0, 99), st.integers(0, 99))


INVENTORIES = st.builds(
    Inventory,
    st.lists(BLOBS, max_size=4).map(tuple),
    st.dictionaries(WORD, st.lists(BLOBS, max_size=4).map(tuple), max_size=3),
    st.sets(WORD, max_size=2).flatmap(
        lambda names: st.fixed_dictionaries({n: st.lists(segments(n), max_size=3).map(tuple) for n in sorted(names)})
    ),
)
MANIFESTS = st.builds(Manifest, DAYS, WORD, INVENTORIES)

ENTRIES = st.builds(
    Entry,
    st.just(0),
    MOMENTS,
    st.sampled_from(Kind),
    WORD,
    st.none() | st.sampled_from(Stage),
    st.dictionaries(TEXT, JSON, max_size=3),
)

# Python has 1 for 1.0 and for True, a document does not.
SCALARS: st.SearchStrategy[str | int | float | bool] = (
    TEXT | st.booleans() | st.integers(2, 2**53) | st.integers(2, 99).map(lambda number: number + 0.5)
)
PUBLISHINGS = st.just(Publishing()) | st.builds(
    Publishing,
    delivery=st.none() | st.sampled_from(Delivery),
    key=st.none() | WORD,
    filters=st.lists(
        st.builds(Filter, WORD, st.sampled_from(Condition), st.lists(SCALARS, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    headers=st.booleans(),
    on_bad_line=st.sampled_from(OnBadLine),
    check_source=st.sampled_from(CheckSource),
)

AMOUNTS = st.builds(Amount, COUNTS, COUNTS)
SPECS = st.builds(
    ReplaySpec,
    source=TEXT,
    container=WORD,
    folder=TEXT,
    file_path=st.none() | TEXT,
    days=st.lists(DAYS, min_size=1, max_size=3).map(tuple),
    topic=TEXT,
    broker_list=WORD,
    delete_backups=st.booleans(),
    sinks=st.lists(st.builds(Sink, st.sampled_from(SinkType), WORD), max_size=3).map(tuple),
    landing_waits=st.lists(st.builds(LandingWait, WORD, WORD, st.none() | COUNTS), max_size=2).map(tuple),
    publishing=PUBLISHINGS,
)
DAY_PLANS = st.builds(
    DayPlan,
    DAYS,
    AMOUNTS,
    st.dictionaries(WORD, AMOUNTS, max_size=2),
    st.dictionaries(WORD, COUNTS, max_size=2),
    WORD,
    TEXT,
    st.lists(TEXT, max_size=2).map(tuple),
)


def plan_of(replay_id: str, spec: ReplaySpec, days: tuple[DayPlan, ...], created_at: datetime) -> Plan:
    return Plan(replay_id, spec, days, created_at, plan_hash(spec, days))


PLANS = st.builds(plan_of, WORD, SPECS, st.lists(DAY_PLANS, max_size=3).map(tuple), MOMENTS)

DAY, NEXT = datetime(2019, 12, 1, tzinfo=UTC), datetime(2019, 12, 2, tzinfo=UTC)

#: What the golden files hold. A new version of a format gets new files; these stay.
MANIFEST_1 = Manifest(
    DAY.date(),
    "fingerprint",
    Inventory(
        (Blob("raw/2019-12-01-1.json.gz", 10, "0x1", "0cc175b9c0f1b6a831c399e269772661"),),
        {"unique": (Blob("unique/2019-12-01-é.json.gz", 2**40, "0x2"),), "channel": ()},
        {"events": (Segment("events_1", "events", DAY, NEXT, "v1", 3, 0),), "errors": ()},
    ),
)
_JOURNAL_1 = (
    Entry(0, DAY, Kind.INTENT, "claim"),
    Entry(1, DAY, Kind.PROOF, "claim", Stage.CLAIMED, {"locks": ["state/locks/druid/events/2019-12-01"]}),
    Entry(2, DAY, Kind.NOTE, "publish", None, {"blob": 1, "line": 20, "lines": 19}),
    Entry(3, NEXT, Kind.TURNED_BACK, "publish", None, {"error": "é", "advice": "", "kind": "cannot_proceed"}),
    Entry(4, NEXT, Kind.HELD, "restore", None, {"error": "gone", "advice": "look", "kind": "in_doubt"}),
    Entry(5, NEXT, Kind.RELEASED),
    Entry(6, NEXT, Kind.PROOF, "restore", Stage.RESTORED, {"blobs_restored": 2}),
)
JOURNAL_1 = tuple(replace(entry, version=1) for entry in _JOURNAL_1)
JOURNAL_2 = (
    *_JOURNAL_1,
    Entry(7, NEXT, Kind.NOTE, "clean_up", None, {"datasources": ["events"], "giving_up": True}),
    Entry(8, NEXT, Kind.NOTE, "outage", None, {"error": "Kafka does not answer."}),
    Entry(9, NEXT, Kind.CALLED_OFF, "undo", None, {"error": "claimed"}),
    Entry(10, NEXT, Kind.CONTINUED, "", None, {"part": 1}),
)
PLAN_1 = plan_of(
    "r20200110-083000-000001",
    ReplaySpec(
        source="raw",
        container="telemetry-data",
        folder="raw",
        file_path=None,
        days=(DAY.date(), NEXT.date()),
        topic="prod.telemetry.valid",
        broker_list="broker:9092",
        delete_backups=True,
        sinks=(Sink(SinkType.AZURE, "unique"), Sink(SinkType.DRUID, "events")),
        landing_waits=(LandingWait("downstream", "prod.telemetry.valid"),),
    ),
    (
        DayPlan(DAY.date(), Amount(1, 10), {"unique": Amount(2, 30)}, {"events": 1}, "fingerprint", "", ("look",)),
        DayPlan(NEXT.date(), Amount(0, 0), {"unique": Amount(0, 0)}, {"events": 0}, "empty", "nothing there"),
    ),
    datetime(2020, 1, 10, 8, 30, tzinfo=UTC),
)
PUBLISHING_PLAN_1 = plan_of(
    PLAN_1.replay_id,
    replace(
        PLAN_1.spec,
        publishing=Publishing(
            delivery=Delivery.EXACTLY_ONCE,
            key="context.did",
            filters=(
                Filter("flags.ex_processed", Condition.IS_NULL),
                Filter("edata.type", Condition.IN, ("é", 1, 1.5, True)),
            ),
            headers=True,
            on_bad_line=OnBadLine.SET_ASIDE,
            check_source=CheckSource.FULL,
        ),
    ),
    PLAN_1.days,
    PLAN_1.created_at,
)

DEED_1 = AuditEntry(
    DAY, "é at the desk", "set_pace", {"paused": False, "bytes_per_second": 2.5, "events_per_second": 10}
)
