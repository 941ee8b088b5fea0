"""The Druid stand-in answers as real Druid does, and its state behaves as Druid's segments do."""

from datetime import date
from typing import Any

import pytest
import requests
from starlette.responses import PlainTextResponse

from sandbox.druid.stand_in import ETERNITY, Druid, DruidStandIn, druid

DAY, NEXT = date(2019, 12, 1), date(2019, 12, 2)
EVENTS = "telemetry-events"
COORDINATOR = "/druid/coordinator/v1"
METADATA = f"{COORDINATOR}/metadata/datasources/{EVENTS}/segments"
MARK = f"{COORDINATOR}/datasources/{EVENTS}"
OVERLORD = f"/druid/indexer/v1/datasources/{EVENTS}"
FIRST_ID = f"{EVENTS}_2019-12-01T00:00:00.000Z_2019-12-02T00:00:00.000Z_2019-12-01T05:31:00.000Z"


def ask(node: Druid, method: str, path: str, body: Any = None) -> requests.Response:
    return requests.request(method, node.url + path, json=body, timeout=10, allow_redirects=False)


def test_appended_segments_share_the_version_and_count_on(druid: Druid) -> None:
    """New segments of an interval take its version and the next partition; the first has no suffix."""
    ids = [druid.state.add_segment(EVENTS, DAY, NEXT).id for _ in range(3)]
    assert ids == [FIRST_ID, f"{FIRST_ID}_1", f"{FIRST_ID}_2"]


def test_partition_numbers_are_not_reused(druid: Druid) -> None:
    """A segment appended after the others were marked unused gets an id of its own."""
    druid.state.add_segment(EVENTS, DAY, NEXT)
    druid.state.mark_unused(EVENTS, lambda _: True)
    assert druid.state.add_segment(EVENTS, DAY, NEXT).id == f"{FIRST_ID}_1"


def test_full_listing_has_druids_shape(druid: Druid) -> None:
    """A whole segment: dimensions as one string, a numbered shard spec, the id under ``identifier``."""
    druid.state.add_segment(EVENTS, DAY, NEXT, rows=["m1"])
    (segment,) = ask(druid, "POST", METADATA + "?full", ["2019-12-01/2019-12-02"]).json()
    assert {k: segment[k] for k in ("dataSource", "interval", "version", "shardSpec", "identifier")} == {
        "dataSource": EVENTS,
        "interval": "2019-12-01T00:00:00.000Z/2019-12-02T00:00:00.000Z",
        "version": "2019-12-01T05:31:00.000Z",
        "shardSpec": {"type": "numbered", "partitionNum": 0, "partitions": 0},
        "identifier": FIRST_ID,
    }
    assert isinstance(segment["dimensions"], str)


def test_listing_has_used_segments_that_overlap(druid: Druid) -> None:
    """Also one that only overlaps, even ALL; not the next day's, not an unused one."""
    state = druid.state
    inside = state.add_segment(EVENTS, DAY, NEXT)
    week = state.add_segment(EVENTS, date(2019, 11, 25), NEXT)
    eternal = state.add_segment(EVENTS, *ETERNITY)
    state.add_segment(EVENTS, NEXT, date(2019, 12, 3))
    unused = state.add_segment(EVENTS, DAY, NEXT)
    state.mark_unused(EVENTS, lambda s: s.id == unused.id)
    found = ask(druid, "POST", METADATA, ["2019-12-01T00:00:00.000Z/2019-12-02T00:00:00.000Z"]).json()
    assert set(found) == {inside.id, week.id, eternal.id}


def test_an_unknown_datasource(druid: Druid) -> None:
    """The listing by interval is empty; the one without is 404 with nothing in it."""
    path = METADATA.replace(EVENTS, "nobody")
    assert ask(druid, "POST", path, ["2019-12-01/2019-12-02"]).json() == []
    answer = ask(druid, "GET", path)
    assert (answer.status_code, answer.text) == (404, "")


@pytest.mark.parametrize("base", [MARK, OVERLORD])
def test_marking_by_id(druid: Druid, base: str) -> None:
    """What was marked unused can be marked used again; one that is so already counts, too."""
    kept, gone = (druid.state.add_segment(EVENTS, DAY, NEXT).id for _ in range(2))
    for verb, left in (("markUnused", [kept]), ("markUsed", [kept, gone])):
        for _ in range(2):
            answer = ask(druid, "POST", f"{base}/{verb}", {"segmentIds": [gone]})
            assert answer.json() == {"numChangedSegments": 1, "segmentStateChanged": True}
            assert [s.id for s in druid.state.used(EVENTS)] == left


@pytest.mark.parametrize(("base", "status"), [(MARK, 500), (OVERLORD, 400)])
def test_an_unknown_id_among_others(druid: Druid, base: str, status: int) -> None:
    """Passed over when marking unused; nothing at all is marked used."""
    one = druid.state.add_segment(EVENTS, DAY, NEXT).id
    body = {"segmentIds": [one, f"{EVENTS}_nonsense"]}
    assert ask(druid, "POST", f"{base}/markUnused", body).json()["numChangedSegments"] == 1
    answer = ask(druid, "POST", f"{base}/markUsed", body)
    assert answer.status_code == status
    assert f"{EVENTS}_nonsense" in answer.json()["errorMessage"]
    assert druid.state.used(EVENTS) == []
    single = ask(druid, "POST", f"{OVERLORD}/segments/{EVENTS}_nonsense")
    assert single.json() == {"numChangedSegments": 0, "segmentStateChanged": False}


def test_a_body_that_is_not_called_json(druid: Druid) -> None:
    """415, with nothing in it."""
    answer = requests.post(f"{druid.url}{OVERLORD}/markUnused", data="{}", timeout=10)
    assert (answer.status_code, answer.text) == (415, "")


def test_marking_by_interval_takes_only_what_is_inside(druid: Druid) -> None:
    """A segment that only overlaps stays."""
    druid.state.add_segment(EVENTS, DAY, NEXT)
    week = druid.state.add_segment(EVENTS, date(2019, 11, 25), NEXT)
    answer = ask(druid, "POST", f"{MARK}/markUnused", {"interval": "2019-12-01/2019-12-02"})
    assert answer.json() == {"numChangedSegments": 1, "segmentStateChanged": True}
    assert [s.id for s in druid.state.used(EVENTS)] == [week.id]


@pytest.mark.parametrize(
    "body", [None, {}, {"segmentIds": []}, {"interval": "2019-12-01/2019-12-02", "segmentIds": ["x"]}]
)
def test_an_invalid_mark_request_is_answered_with_bare_text(druid: Druid, body: Any) -> None:
    """400 with a sentence that is not JSON, under a JSON content type."""
    answer = ask(druid, "POST", f"{MARK}/markUnused", body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/json")
    assert answer.text.startswith("Invalid request payload. Specify either 'interval' or 'segmentIds'")


def test_marking_one_segment(druid: Druid) -> None:
    """The single calls exist in every version; what is so already counts as changed."""
    segment = druid.state.add_segment(EVENTS, DAY, NEXT)
    for _ in range(2):
        answer = ask(druid, "DELETE", f"{MARK}/segments/{segment.id}")
        assert answer.json() == {"segmentStateChanged": True}
    changed = ask(druid, "POST", f"{OVERLORD}/segments/{segment.id}").json()
    assert changed == {"numChangedSegments": 1, "segmentStateChanged": True}


@pytest.mark.parametrize(("version", "headers"), [("28.0.0", {}), ("33.0.0", {"Accept": "application/json"})])
def test_marking_one_segment_used_is_done_and_answered_500(version: str, headers: dict[str, str]) -> None:
    """Up to 32 only where no JSON is asked for."""
    with druid(version=version) as node:
        segment = node.state.add_segment(EVENTS, DAY, NEXT)
        node.state.mark_unused(EVENTS, lambda _: True)
        answer = requests.post(f"{node.url}{MARK}/segments/{segment.id}", headers=headers, timeout=10)
        assert (answer.status_code, answer.text, len(node.state.used(EVENTS))) == (500, "", 1)


def test_old_versions_answer_204_for_a_datasource_nobody_serves() -> None:
    """Up to 29, 204 means that nothing was done; and there is no Overlord path yet."""
    with druid(version="0.22.1") as node:
        segment = node.state.add_segment(EVENTS, DAY, NEXT)
        node.state.mark_unused(EVENTS, lambda _: True)
        answer = ask(node, "POST", f"{MARK}/markUsed", {"segmentIds": [segment.id]})
        assert (answer.status_code, answer.text) == (204, "")
        assert node.state.used(EVENTS) == []
        assert ask(node, "POST", f"{OVERLORD}/markUsed", {"segmentIds": [segment.id]}).status_code == 404


def test_a_wrong_password_is_a_page_of_html() -> None:
    """401 for everything but the health check, with HTML as Jetty writes it."""
    with druid(username="replay", password="right") as node:
        answer = ask(node, "GET", "/status")
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Basic")
        assert answer.text.startswith("<html>")
        assert requests.get(node.url + "/status", auth=("replay", "wrong"), timeout=10).status_code == 401
        assert requests.get(node.url + "/status", auth=("replay", "right"), timeout=10).json()["version"]
        assert ask(node, "GET", "/status/health").json() is True


def test_a_node_that_does_not_lead_redirects(druid: Druid) -> None:
    """307 to the same path and query on the leader."""
    druid.leader = "http://127.0.0.1:1"
    answer = ask(druid, "POST", METADATA + "?full", ["2019-12-01/2019-12-02"])
    assert (answer.status_code, answer.headers["Location"]) == (307, f"http://127.0.0.1:1{METADATA}?full")


def test_scripted_answers_come_first(druid: Druid) -> None:
    """A test can put any answer before the real one, and nothing is done for it."""
    druid.answers.append(PlainTextResponse("overloaded", 503))
    assert ask(druid, "GET", "/status").status_code == 503
    assert ask(druid, "GET", "/status").status_code == 200
    assert druid.requests == [("GET", "/status")] * 2


def test_a_permanent_kill_is_remembered(druid: Druid) -> None:
    """Whoever asks for one is found out: it destroys the unused segments for good."""
    druid.state.add_segment(EVENTS, DAY, NEXT)
    druid.state.mark_unused(EVENTS, lambda _: True)
    assert druid.state.kills == []
    assert ask(druid, "DELETE", f"{MARK}/intervals/2019-12-01_2019-12-02").status_code == 200
    assert druid.state.kills == [(EVENTS, "2019-12-01T00:00:00.000Z/2019-12-02T00:00:00.000Z")]
    assert druid.state.unused(EVENTS) == []


def test_an_incomplete_core_hides_its_whole_version() -> None:
    """Removing one of N core partitions takes the appended segments out of sight too."""
    state = DruidStandIn()
    core = [state.add_segment(EVENTS, DAY, NEXT, core_partitions=2, rows=[f"c{n}"]) for n in range(2)]
    state.add_segment(EVENTS, DAY, NEXT, rows=["new"])
    assert state.rows(EVENTS, DAY) == ["c0", "c1", "new"]
    state.mark_unused(EVENTS, lambda s: s.id == core[0].id)
    assert state.rows(EVENTS, DAY) == []


def test_overshadowed_segments_are_not_marked_used() -> None:
    """A newer complete version hides the older one, and the older one silently stays unused."""
    state = DruidStandIn()
    old = state.add_segment(EVENTS, DAY, NEXT, rows=["old"])
    state.mark_unused(EVENTS, lambda s: s.id == old.id)
    state.add_segment(EVENTS, DAY, NEXT, version="2020-01-01T00:00:00.000Z", rows=["new"])
    assert state.mark_used(EVENTS, lambda s: s.id == old.id) == 0
    assert state.rows(EVENTS, DAY) == ["new"]
