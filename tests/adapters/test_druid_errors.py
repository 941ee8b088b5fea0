"""Whatever Druid answers, what comes out of the adapter is one of our errors, and nothing is done by mistake."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from replay_engine.adapters.druid.segments import DruidSegments
from replay_engine.errors import BadConfig, CannotProceed, InDoubt, NotAllowed, ReplayError, TryAgain
from replay_engine.ports import SegmentStore
from replay_engine.settings import Settings
from sandbox.druid.stand_in import Druid
from sandbox.druid.stand_in import druid as run_druid
from sandbox.processes import free_port

DAY, NEXT = date(2019, 12, 1), date(2019, 12, 2)
EVENTS = "telemetry-events"

Act = Callable[[SegmentStore], object]
ACTS: dict[str, Act] = {
    "holds_any": lambda store: store.holds_any(EVENTS),
    "written_by": lambda store: store.written_by(EVENTS),
    "used": lambda store: store.used(EVENTS, DAY),
    "mark_used": lambda store: store.mark_used(EVENTS, ["a"]),
    "mark_unused": lambda store: store.mark_unused(EVENTS, ["x"]),
}
every_act = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)


@pytest.fixture(scope="module")
def running() -> Iterator[Druid]:
    with run_druid() as node:
        yield node


@pytest.fixture
def druid(running: Druid) -> Druid:
    """One server for all tests here, each with a state and answers of its own."""
    running.leader = None
    running.answers.clear()
    running.requests.clear()
    running.state.mark_unused(EVENTS, lambda _: True)
    return running


def store_at(url: str, username: str = "", password: str = "") -> DruidSegments:
    return DruidSegments(
        Settings.model_validate({"druid_url": url, "druid_username": username, "druid_password": password})
    )


def test_every_method_is_tried() -> None:
    """A method that is added to the port must be added here."""
    assert set(ACTS) == {name for name in vars(SegmentStore) if not name.startswith("_")}


@every_act
def test_nobody_listens(act: Act) -> None:
    """A Druid that is away may be back later; the sentence says where it was looked for, and tells no secret."""
    port = free_port()
    with pytest.raises(TryAgain, match=f"127.0.0.1:{port} does not answer") as away:
        act(store_at(f"http://user:hush@127.0.0.1:{port}"))
    assert "hush" not in str(away.value)


@every_act
def test_a_wrong_password(act: Act) -> None:
    """A person must mend the credentials."""
    with (
        run_druid(username="replay", password="right") as node,
        pytest.raises(NotAllowed, match="REPLAY_DRUID_PASSWORD"),
    ):
        act(store_at(node.url, "replay", "hush"))


@every_act
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Response(status_code=503), TryAgain),
        (HTMLResponse("<html>Error 500</html>", 500), TryAgain),
        (PlainTextResponse("slow down", 429), TryAgain),
        (JSONResponse({"error": "Forbidden"}, 403), NotAllowed),
        (JSONResponse({"error": "why"}, 400), CannotProceed),
        (JSONResponse({"errorMessage": "why"}, 400), CannotProceed),
        (PlainTextResponse("why", 400), CannotProceed),
        (RedirectResponse("/login", 302), InDoubt),
    ],
)
def test_what_an_answer_means(druid: Druid, act: Act, answer: Response, expected: type[ReplayError]) -> None:
    """Errors come empty, as text, as JSON with one of several keys or as HTML: each leads to one of ours."""
    # A list that is refused is asked for one by one.
    druid.answers += [answer, answer]
    with pytest.raises(expected) as raised:
        act(store_at(druid.url))
    assert "<" not in raised.value.message


@pytest.mark.parametrize("act", [ACTS["used"], ACTS["mark_unused"], ACTS["holds_any"]])
@pytest.mark.parametrize("answer", [HTMLResponse("<html>Error 404</html>", 404), Response(status_code=404)])
def test_a_path_that_is_not_there(druid: Druid, act: Act, answer: Response) -> None:
    """Something else stands at that address."""
    druid.answers.append(answer)
    with pytest.raises(CannotProceed, match="Check REPLAY_DRUID_URL"):
        act(store_at(druid.url))


def test_a_coordinator_without_an_overlord(druid: Druid) -> None:
    """It knows of no task, and marks segments one by one."""
    old = [druid.state.add_segment(EVENTS, DAY, NEXT).id for _ in range(2)]
    druid.state.mark_unused(EVENTS, lambda one: one.id in old)
    druid.answers += [Response(status_code=404), Response(status_code=404)]
    store = store_at(druid.url)
    assert store.written_by(EVENTS) == ()
    # Answered 500 from 33 on, although it is done: whoever asks again finds it so.
    with pytest.raises(TryAgain):
        store.mark_used(EVENTS, old)
    assert [one.id for one in druid.state.used(EVENTS)] == sorted(old)


def test_an_id_that_is_gone_keeps_none_of_the_others(druid: Druid) -> None:
    """The Overlord refuses the whole list for one that was killed meanwhile: the others come back."""
    old = [druid.state.add_segment(EVENTS, DAY, NEXT).id for _ in range(3)]
    druid.state.mark_unused(EVENTS, lambda one: one.id in old)
    store_at(druid.url).mark_used(EVENTS, [*old, f"{EVENTS}_killed"])
    assert [one.id for one in druid.state.used(EVENTS)] == old


def test_one_of_many_that_fails_keeps_none_of_the_others(druid: Druid) -> None:
    """All are asked for; then it is said that one has to be asked for again."""
    old = [druid.state.add_segment(EVENTS, DAY, NEXT).id for _ in range(3)]
    druid.state.mark_unused(EVENTS, lambda one: one.id in old)
    druid.answers += [Response(status_code=404), Response(status_code=503)]
    with pytest.raises(TryAgain, match="busy or away"):
        store_at(druid.url).mark_used(EVENTS, old)
    assert len(druid.state.used(EVENTS)) == 2


def test_up_to_31_segments_are_marked_used_one_by_one() -> None:
    """There the Overlord has no such list."""
    with run_druid(version="28.0.0") as node:
        old = [node.state.add_segment(EVENTS, DAY, NEXT).id for _ in range(3)]
        node.state.mark_unused(EVENTS, lambda one: one.id in old)
        store_at(node.url).mark_used(EVENTS, old)
        assert [one.id for one in node.state.used(EVENTS)] == sorted(old)


def test_a_permission_that_is_missing_is_no_wrong_password(druid: Druid) -> None:
    """It says what was not permitted."""
    druid.answers.append(JSONResponse({"error": "Unauthorized"}, 403))
    with pytest.raises(NotAllowed, match="does not permit POST /druid/coordinator") as refused:
        store_at(druid.url).mark_unused(EVENTS, ["x"])
    assert "Read and Write on the datasource" in refused.value.advice


@pytest.mark.parametrize("mark", ["mark_used", "mark_unused"])
def test_nothing_is_asked_for_no_segment(druid: Druid, mark: str) -> None:
    """An empty list is no valid request."""
    getattr(store_at(druid.url), mark)(EVENTS, [])
    assert druid.requests == []


@pytest.mark.parametrize("answer", [JSONResponse({"id": "x"}), JSONResponse([{"type": "compact"}]), Response()])
def test_what_is_no_list_of_tasks_is_not_taken_for_an_empty_one(druid: Druid, answer: Response) -> None:
    druid.answers.append(answer)
    with pytest.raises(CannotProceed, match="no list of tasks"):
        store_at(druid.url).written_by(EVENTS)


@pytest.mark.parametrize(
    "answer",
    [
        HTMLResponse("<html>Please log in</html>"),
        JSONResponse({"segments": []}),
        JSONResponse(["id-without-the-rest"]),
        JSONResponse([{"identifier": "x"}]),
        JSONResponse(None),
        Response(status_code=204),
    ],
)
def test_what_is_no_listing_is_not_taken_for_an_empty_one(druid: Druid, answer: Response) -> None:
    """A proxy's page says nothing about what Druid uses."""
    druid.state.add_segment(EVENTS, DAY, NEXT)
    druid.answers.append(answer)
    with pytest.raises(CannotProceed, match="no list of segments"):
        store_at(druid.url).used(EVENTS, DAY)


def test_the_leader_is_followed_with_the_credentials() -> None:
    """A node that does not lead sends us to the leader, which wants the password too."""
    with run_druid(username="replay", password="right") as leader, run_druid(leader.state) as follower:
        follower.leader = leader.url
        added = leader.state.add_segment(EVENTS, DAY, NEXT)
        store = store_at(follower.url, "replay", "right")
        assert [segment.id for segment in store.used(EVENTS, DAY)] == [added.id]
        store.mark_unused(EVENTS, [added.id])
        assert leader.state.used(EVENTS) == []


@every_act
def test_nodes_that_send_us_round_in_circles(druid: Druid, act: Act) -> None:
    """While a leader is elected nobody is it: that passes."""
    druid.leader = druid.url
    with pytest.raises(TryAgain, match="no leader"):
        act(store_at(druid.url))
    assert len(druid.requests) <= 5


@pytest.mark.parametrize("url", ["", "localhost:8081", "http://", "ftp://druid", "druid"])
def test_an_address_that_is_none(url: str) -> None:
    """The setting to mend is named."""
    with pytest.raises(BadConfig, match="REPLAY_DRUID_URL"):
        store_at(url)
