"""The Home tab on the page."""

import pytest
from playwright.sync_api import expect
from slack_bolt import Ack
from slack_sdk import WebClient

from sandbox.slack import SlackStandIn
from tests.browser.desk import Desk
from tests.sandbox.slack.bots import Json, actions, bolt_app, button, by_socket, section

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_the_home_tab_is_published_when_it_is_opened(desk: Desk, slack: SlackStandIn) -> None:
    """Opening it tells the app, which publishes it for this person; its buttons work, and it changes in place."""
    app = bolt_app(slack)

    def home(count: int) -> Json:
        blocks = [section(f"opened {count} times"), actions(button("Once more", "more", value=str(count + 1)))]
        return {"type": "home", "blocks": blocks}

    @app.event("app_home_opened")
    def opened(event: Json, client: WebClient) -> None:
        client.views_publish(user_id=event["user"], view=home(1))

    @app.action("more")
    def more(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        count = int(body["actions"][0]["value"])
        client.views_publish(user_id=body["user"]["id"], view=home(count), hash=body["view"]["hash"])

    with by_socket(slack, app):
        tab = desk.open_home()
        expect(tab.get_by_text("opened 1 times")).to_be_visible()
        for count in (2, 3):
            desk.press("Once more")
            expect(tab.get_by_text(f"opened {count} times")).to_be_visible()
        desk.page.get_by_role("tab", name="Messages").click()
        expect(tab).to_have_count(0)
