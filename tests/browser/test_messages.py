"""Messages on the page: every kind of block, text that means harm, threads, and who sees what."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from slack_bolt import Ack, App
from slack_sdk import WebClient

from sandbox.slack import SlackStandIn, slack_stand_in
from tests.browser.desk import Desk, desk_at
from tests.sandbox.slack.bots import (
    Json,
    actions,
    bolt_app,
    button,
    by_socket,
    section,
    select,
    text,
    web_client,
)

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

HOME = "C0DATAREPLAY"
POINTS = [{"label": "Dec 1", "value": 12_000}, {"label": "Dec 2", "value": 9_000}]
AXES = {"categories": ["Dec 1", "Dec 2"], "y_label": "events"}
SERIES = [{"name": "published", "data": POINTS}, {"name": "late", "data": POINTS}]


@pytest.fixture
def bot(slack: SlackStandIn) -> WebClient:
    """The app's way to write."""
    return web_client(slack)


def rich(words: str, **style: bool) -> Json:
    leaf: Json = {"type": "text", "text": words, **({"style": style} if style else {})}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [leaf]}]}


def test_every_kind_of_block_is_shown(desk: Desk, bot: WebClient) -> None:
    """Each block as Slack shows it, from the same JSON."""
    blocks: list[Json] = [
        {"type": "header", "text": text("A header :warning:")},
        section("*bold* _slanted_ ~gone~ `code` and <https://example.org/a|a link>", fields=[text("one"), text("two")]),
        {"type": "divider"},
        section("beside it", accessory=button("At the side", "side")),
        {"type": "context", "elements": [text("small print :white_check_mark:", "mrkdwn")]},
        {"type": "image", "image_url": "https://example.org/x.png", "alt_text": "a distant picture"},
        rich("rich words", bold=True),
        section("before\n```\nfenced *not bold*\n```\n&gt; quoted"),
    ]
    bot.chat_postMessage(channel=HOME, text="all kinds", blocks=blocks)
    message = desk.message_with("A header")
    expect(message.locator("h3 svg[aria-label=':warning:']")).to_be_visible()
    for tag, words in (("strong", "bold"), ("em", "slanted"), ("s", "gone"), ("code", "code")):
        expect(message.locator(f".section {tag}").first).to_have_text(words)
    expect(message.get_by_role("link", name="a link")).to_have_attribute("href", "https://example.org/a")
    expect(message.locator(".field")).to_have_text(["one", "two"])
    expect(message.locator("hr")).to_be_visible()
    expect(message.get_by_role("button", name="At the side")).to_be_visible()
    expect(message.locator(".context")).to_contain_text("small print")
    expect(message.get_by_role("img", name="a distant picture")).to_be_visible()
    expect(message.locator(".rich strong")).to_have_text("rich words")
    expect(message.locator("pre")).to_have_text("fenced *not bold*")
    expect(message.locator("blockquote")).to_have_text("quoted")
    desk.screenshot("blocks")


def test_a_plan_shows_where_each_task_stands(desk: Desk, bot: WebClient) -> None:
    """Slack's plan block: its title, and each task's status, details and output."""
    statuses = ("complete", "error", "in_progress", "pending")
    tasks: list[Json] = [
        {"type": "task_card", "task_id": status, "title": f"a {status} day", "status": status} for status in statuses
    ]
    tasks[1] |= {"details": rich("what it did"), "output": rich("what came of it")}
    bot.chat_postMessage(channel=HOME, text="plan", blocks=[{"type": "plan", "title": "Days", "tasks": tasks}])
    plan = desk.messages.last.get_by_role("region", name="Days")
    expect(plan.locator("header")).to_contain_text("1 of 4")
    expect(plan.locator(".task-title")).to_have_text([f"a {status} day" for status in statuses])
    for words in ("complete", "error", "in progress", "pending"):
        expect(plan.get_by_role("img", name=words)).to_be_visible()
    expect(plan.locator(".details")).to_have_text("what it did")
    expect(plan.locator(".output")).to_have_text("what came of it")


CHARTS = [
    ({"type": "bar", "series": SERIES, "axis_config": AXES}, "rect", 4),
    ({"type": "line", "series": SERIES, "axis_config": AXES}, "polyline", 2),
    ({"type": "area", "series": SERIES, "axis_config": AXES}, "polygon", 2),
    ({"type": "pie", "segments": POINTS}, "path", 2),
]


@pytest.mark.parametrize(("drawn", "shape", "count"), CHARTS)
def test_a_chart_is_drawn(desk: Desk, bot: WebClient, drawn: Json, shape: str, count: int) -> None:
    """A shape for each bar, line, area or slice, and a legend that names them."""
    block = {"type": "data_visualization", "title": "Events a day", "chart": drawn}
    bot.chat_postMessage(channel=HOME, text="chart", blocks=[block])
    chart = desk.messages.last.get_by_role("figure")
    expect(chart.locator("figcaption")).to_have_text("Events a day")
    expect(chart.locator(f"svg {shape}")).to_have_count(count)
    expect(chart.locator(".legend li")).to_have_count(2)


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>document.body.remove()</script>",
    "<!channel> <@U00OPERATOR> <https://example.org|click me>",
    "```\n`*_~ :warning",
    "\u202eright to left",
    "x" * 5000,
]


@pytest.mark.parametrize("words", HOSTILE)
def test_what_a_person_writes_is_shown_as_it_was_written(desk: Desk, words: str) -> None:
    """Nobody's words become markup, mentions, links or scripts."""
    desk.page.get_by_label("Message", exact=True).fill(words)
    desk.page.get_by_role("button", name="Send").click()
    desk.type_command("after it")
    expect(desk.messages.last).to_contain_text("after it")
    shown = desk.messages.first.locator(".text")
    expect(shown).to_contain_text(words.splitlines()[-1][:60])
    expect(shown.locator("img, script, a, .mention")).to_have_count(0)


def test_an_app_s_hostile_text_is_shown_literally(desk: Desk, bot: WebClient) -> None:
    """What an app escaped stays text in every kind of text; a link that is none does not become one."""
    hostile = "&lt;img src=x onerror=alert(1)&gt; &lt;!channel&gt; <javascript:alert(1)|press me>"
    blocks: list[Json] = [
        section(hostile),
        {"type": "header", "text": text("<b>not bold</b>")},
        {"type": "context", "elements": [text(hostile, "mrkdwn")]},
        rich("<!channel> <i>not slanted</i>"),
    ]
    bot.chat_postMessage(channel=HOME, text="hostile", blocks=blocks)
    message = desk.message_with("not slanted")
    expect(message.locator(".section")).to_have_text("<img src=x onerror=alert(1)> <!channel> press me")
    expect(message.locator("h3")).to_have_text("<b>not bold</b>")
    expect(message.locator(".rich")).to_have_text("<!channel> <i>not slanted</i>")
    expect(message.locator(".content :is(a, i, b, .mention)")).to_have_count(0)


def test_a_real_mention_is_one(desk: Desk, bot: WebClient) -> None:
    """People, groups, channels and everybody, by their names."""
    bot.chat_postMessage(channel=HOME, text="<@U00APPROVER> <!subteam^S0OPERATORS> <#C00000RANDOM> <!here>")
    expect(desk.messages.last.locator(".mention")).to_have_text(["@Ben", "@operators", "#random", "@here"])


def test_an_ephemeral_message_is_its_reader_s_alone(desk: Desk, bot: WebClient) -> None:
    """It says so, and who switches to somebody else does not see it."""
    bot.chat_postEphemeral(channel=HOME, user="U00APPROVER", text="for Ben alone")
    bot.chat_postMessage(channel=HOME, text="for everybody")
    expect(desk.messages).to_have_count(1)
    desk.as_person("Ben")
    expect(desk.message_with("for Ben alone")).to_contain_text("Only visible to you")
    expect(desk.messages).to_have_count(2)
    desk.as_person("Chen")
    expect(desk.messages).to_have_count(1)


def test_edits_and_deletions_are_seen_at_once(desk: Desk, bot: WebClient) -> None:
    """An edited message says so and stays where it is; a deleted one goes."""
    posted = bot.chat_postMessage(channel=HOME, text="first words")
    bot.chat_postMessage(channel=HOME, text="below")
    expect(desk.messages).to_have_count(2)
    bot.chat_update(channel=HOME, ts=posted["ts"], text="second words")
    expect(desk.messages.first).to_contain_text("second words")
    expect(desk.messages.first).to_contain_text("(edited)")
    bot.chat_delete(channel=HOME, ts=posted["ts"])
    expect(desk.messages).to_have_count(1)


def test_a_thread_opens_beside_the_channel(desk: Desk, bot: WebClient) -> None:
    """The message counts its replies; the pane shows them, live, and takes one."""
    parent = bot.chat_postMessage(channel=HOME, text="the parent")["ts"]
    bot.chat_postMessage(channel=HOME, text="one", thread_ts=parent)
    expect(desk.message_with("the parent")).to_contain_text("1 reply")
    thread = desk.thread_of("the parent")
    expect(thread).to_have_count(2)
    bot.chat_postMessage(channel=HOME, text="two", thread_ts=parent)
    desk.reply("mine")
    expect(thread.locator(".text")).to_have_text(["the parent", "one", "two", "mine"])
    expect(desk.messages).to_have_count(1)
    desk.reply("/replay")
    expect(desk.page.get_by_role("alert").filter(has_text="/replay is not supported in threads")).to_be_visible()
    desk.press("Close thread", within=desk.page.get_by_label("Thread", exact=True))
    expect(thread).to_have_count(0)


def test_a_button_reaches_the_app_as_often_as_it_is_pressed(desk: Desk, slack: SlackStandIn, bot: WebClient) -> None:
    """Two quick presses are two."""
    with by_socket(slack, sync(slack, "go")):
        bot.chat_postMessage(channel=HOME, text="x", blocks=[actions(button("Go", "go", value="r1", style="primary"))])
        desk.messages.last.get_by_role("button", name="Go").dblclick()
        expect(desk.messages.filter(has_text="took r1 from operator")).to_have_count(2)
        expect(desk.messages.first.locator(".failure")).to_have_count(0)


def test_a_button_that_asks_first(desk: Desk, slack: SlackStandIn, bot: WebClient) -> None:
    """Slack's confirmation dialog: the app hears nothing until the person says yes."""
    confirm: Json = {"title": text("Cancel it?"), "text": text("The day is *restored*.", "mrkdwn")}
    confirm |= {"confirm": text("Cancel it"), "deny": text("Go on"), "style": "danger"}
    cancel = button("Cancel", "cancel", value="r1", style="danger", confirm=confirm)
    with by_socket(slack, sync(slack, "cancel")):
        bot.chat_postMessage(channel=HOME, text="x", blocks=[actions(cancel)])
        desk.press("Cancel")
        question = desk.page.get_by_role("alertdialog", name="Cancel it?")
        expect(question.locator("strong")).to_have_text("restored")
        desk.press("Go on")
        expect(question).to_have_count(0)
        desk.press("Cancel")
        desk.press("Cancel it")
        expect(desk.message_with("took r1 from operator")).to_be_visible()
        expect(question).to_have_count(0)
        expect(desk.messages).to_have_count(2)


def sync(slack: SlackStandIn, action_id: str) -> App:
    """An app that takes one action, and tells the channel what it took from whom."""
    app = bolt_app(slack)

    @app.action(action_id)
    def took(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        done = body["actions"][0]
        what = done.get("value") or done["selected_option"]["value"]
        client.chat_postMessage(channel=HOME, text=f"took {what} from {body['user']['name']}")

    return app


def test_a_choice_in_a_message_reaches_the_app_and_stays(desk: Desk, slack: SlackStandIn, bot: WebClient) -> None:
    """A select outside a form tells the app at once, and keeps showing what was chosen."""
    with by_socket(slack, sync(slack, "pick")):
        bot.chat_postMessage(channel=HOME, text="x", blocks=[actions(select("pick", "slow", "fast"))])
        desk.messages.last.get_by_role("combobox").select_option("fast")
        expect(desk.message_with("took fast from operator")).to_be_visible()
        expect(desk.messages.first.get_by_role("combobox")).to_have_value("fast")


def test_an_app_that_is_not_there_is_said_so(desk: Desk, bot: WebClient) -> None:
    """Slack's own words, at the button and in the channel."""
    bot.chat_postMessage(channel=HOME, text="x", blocks=[actions(button("Go", "go"))])
    desk.press("Go")
    expect(desk.messages.last.get_by_role("alert")).to_contain_text("is not there to answer (dispatch_failed)")
    desk.type_command("/replay help")
    expect(desk.message_with("/replay failed with the error “dispatch_failed”")).to_contain_text("Only visible to you")


def test_a_channel_that_is_archived_takes_no_words(desk: Desk, slack: SlackStandIn) -> None:
    """There is nothing to type into any more."""
    slack.archive()
    expect(desk.page.get_by_text("This channel is archived.")).to_be_visible()
    expect(desk.page.get_by_label("Message", exact=True)).to_have_count(0)


def test_the_page_comes_back_when_the_stand_in_does(chromium: Browser, screenshots: Path) -> None:
    """A page that is left open says that nobody answers, and goes on by itself when somebody does again."""
    with slack_stand_in() as slack:
        port = int(slack.url.rpartition(":")[2])
        waiting = ExitStack()
        desk = waiting.enter_context(desk_at(chromium, f"{slack.url}/", screenshots))
    with waiting:
        expect(desk.page.get_by_text("The sandbox does not answer.")).to_be_visible()
        with slack_stand_in(port=port) as again:
            again.person("approver").say("here again")
            expect(desk.message_with("here again")).to_be_visible(timeout=20_000)
            expect(desk.page.get_by_text("The sandbox does not answer.")).to_be_hidden()
        desk.troubles.clear()  # the browser complains of every connection that it did not get
