"""Somebody's browser in front of the page: what they type, press and read, in few words.

Everything waits for the page by Playwright's own means; nothing here sleeps.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

WIDTH, HEIGHT = 1280, 800
PATIENCE_SECONDS = 15.0


class Desk:
    """The page, open in one tab. ``troubles`` are the browser's own complaints: a sound page causes none."""

    def __init__(self, page: Page, screenshots: Path) -> None:
        self.page = page
        self.troubles: list[str] = []
        self._screenshots = screenshots
        page.set_default_timeout(PATIENCE_SECONDS * 1000)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda said: self.troubles.append(said.text) if said.type == "error" else None)

    def as_person(self, name: str) -> None:
        """Be Asha (the operator), Ben (the approver) or Chen (the stranger) from now on."""
        choice = self.page.get_by_role("radiogroup", name="You are").get_by_role("radio", name=name)
        choice.click()
        expect(choice).to_have_attribute("aria-checked", "true")

    def go_to(self, place: str) -> None:
        """A channel, or the bot's direct messages, by the name in the sidebar."""
        entry = self.page.get_by_label("Channels", exact=True).get_by_role("button", name=place)
        entry.click()
        expect(entry).to_have_attribute("aria-current", "page")

    def open_home(self) -> Locator:
        """The bot's Home tab."""
        self.go_to("Replay Bot")
        self.page.get_by_role("tab", name="Home").click()
        return self.page.locator(".home")

    def type_command(self, text: str) -> None:
        """Type a slash command, or any words, into the composer and press Enter."""
        self._type(self.page.get_by_label("Message", exact=True), text)

    def reply(self, text: str) -> None:
        """Write into the open thread."""
        self._type(self.page.get_by_label("Reply", exact=True), text)

    def _type(self, field: Locator, text: str) -> None:
        field.fill(text)
        field.press("Enter")

    @property
    def whispers(self) -> Locator:
        """What only this person sees of the channel, the oldest first."""
        return self.page.locator("#channel-messages .message.only-you")

    def said_to_all(self, text: str, day: str = "") -> Locator:
        """The newest message that everybody sees with these words in it, about a day."""
        everybodys = self.page.locator("#channel-messages .message:not(.only-you)")
        return everybodys.filter(has_text=text).filter(has_text=day).last

    @property
    def messages(self) -> Locator:
        """The channel's messages, without threads, the oldest first."""
        return self.page.locator("#channel-messages .message")

    def message_with(self, text: str) -> Locator:
        """The newest message of the channel with these words in it."""
        return self.messages.filter(has_text=text).last

    def thread_of(self, text: str) -> Locator:
        """Open the thread of the newest message with these words; its messages, that one included."""
        self.message_with(text).locator(".replies").click()
        return self.thread

    @property
    def thread(self) -> Locator:
        """The messages in the open thread."""
        return self.page.locator("#thread-messages .message")

    @property
    def modal(self) -> Locator:
        """The modal on top of everything."""
        return self.page.get_by_role("dialog")

    def wait_for_modal(self, title: str) -> Locator:
        modal = self.page.get_by_role("dialog", name=title, exact=True)
        expect(modal).to_be_visible(timeout=PATIENCE_SECONDS * 1000)
        return modal

    def close_all(self) -> None:
        """Close every modal."""
        if self.modal.count():
            self.modal.locator("header").get_by_role("button", name="Close").click()
        expect(self.modal).to_have_count(0)

    def field(self, label: str) -> Locator:
        """A field of the modal, by its label."""
        return self.modal.get_by_label(label).first

    def fill(self, label: str, value: str | Sequence[str]) -> None:
        """Put something into a field: text, an ISO date, what a choice is called, or several of them."""
        group = self.modal.get_by_role("group", name=label)
        if group.count():
            for choice in [value] if isinstance(value, str) else value:
                group.get_by_label(choice).check()
            return
        field = self.field(label)
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value if isinstance(value, str) else "\n".join(value))

    def error_under(self, label: str) -> Locator:
        """The words in red under a field of the modal."""
        return self.modal.locator(".block.input", has_text=label).locator(".error")

    def press(self, label: str, within: Locator | None = None) -> None:
        """Press a button: in a question or modal if one is open, else the newest one in the conversation."""
        layers = [self.page.get_by_role("alertdialog"), self.modal]
        within = within or next((layer for layer in layers if layer.count()), self.page.locator("main"))
        within.get_by_role("button", name=label, exact=True).last.click()

    def cell(self, table: str, row: str, column: int = 0) -> Locator:
        """A number in the world panel."""
        there = self.page.get_by_label("The world", exact=True).get_by_role("table", name=table)
        return (
            there.get_by_role("row")
            .filter(has=self.page.get_by_role("rowheader", name=row, exact=True))
            .locator("td")
            .nth(column)
        )

    def screenshot(self, name: str) -> Path:
        """Take a picture of the whole page."""
        self._screenshots.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(0, 0)
        path = self._screenshots / f"{name}.png"
        self.page.screenshot(path=path, animations="disabled")
        return path


@contextmanager
def desk_at(browser: Browser, url: str, screenshots: Path) -> Iterator[Desk]:
    """Open the page at the stand-in's URL, as Asha; what the browser complained of fails the test at the end."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB", timezone_id="UTC")
    with context:
        desk = Desk(context.new_page(), screenshots)
        desk.page.goto(url)
        expect(desk.page.locator("body")).to_have_attribute("data-ready", "operator")
        yield desk
    assert desk.troubles == []
