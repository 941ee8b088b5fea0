"""What an installation offers, and any request, for property tests."""

from datetime import date

from hypothesis import strategies as st

from bot.language.offer import Offer, OfferedSource
from bot.language.request import PlanRequest
from replay_engine import CheckSource, Delivery, FreeText, OnBadLine, Request

TODAY = date(2020, 1, 2)
CONFIG = {
    "ingest": OfferedSource("prod.telemetry.raw", ("raw", "unique"), ("telemetry-events",)),
    "raw": OfferedSource("prod.telemetry.valid", ("unique", "channel"), ("telemetry-events",)),
    "unique": OfferedSource("prod.telemetry.sink", ("channel",)),
    "failed": OfferedSource("prod.telemetry.raw"),
    "status": OfferedSource("prod.telemetry.raw"),
}
CLUSTERS = {"prod": "k1:9092,k2:9092", "test": "t1:9092"}
CLOSED = Offer(CONFIG, "telemetry-data", "k0:9092", CLUSTERS)
OPEN = Offer(CONFIG, "telemetry-data", "k0:9092", CLUSTERS, frozenset(FreeText))


def names(longest: int = 300) -> st.SearchStrategy[str]:
    """Anything that somebody may call something."""
    text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=longest)
    return text.map(str.strip).filter(bool)


def days() -> st.SearchStrategy[tuple[str | None, str | None]]:
    """Any days: both, one, in order or not."""
    day = st.dates(date(1970, 1, 1), date(2100, 1, 1)).map(str)
    return st.tuples(day, day) | st.tuples(st.none(), day) | st.tuples(day, st.none()) | day.map(lambda one: (one, one))


def requests(sources: st.SearchStrategy[str], brokers: st.SearchStrategy[str]) -> st.SearchStrategy[Request]:
    """Any request that names days."""
    said = st.none() | names()
    return st.builds(
        lambda source, days, **more: Request(source, *days, **more),
        sources,
        days(),
        bucket=said,
        prefix=said,
        file_path=said,
        topic=said,
        broker_list=st.none() | brokers,
        delete_backups=st.none() | st.booleans(),
        delivery=st.none() | st.sampled_from(list(map(str, Delivery))),
        on_bad_line=st.none() | st.sampled_from(list(map(str, OnBadLine))),
        check_source=st.none() | st.sampled_from(list(map(str, CheckSource))),
        again=st.none() | st.booleans(),
    )


def rates() -> st.SearchStrategy[str | None]:
    """A limit, or none."""
    return st.none() | st.sampled_from(["20MB/s", "1.5 GB/s", "500kB/s", "5000events/s"])


def plan_requests(requested: st.SearchStrategy[Request]) -> st.SearchStrategy[PlanRequest]:
    """Any wish for one of these."""
    return st.builds(PlanRequest, requested, st.booleans(), rates())
