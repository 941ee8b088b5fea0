// Puts the page together. What is on the screen follows from two things: what the stand-in says that this person
// sees, and where the person is looking; after any change to either, everything is rendered again.

import { listen, see } from "./api.js";
import { showConversation } from "./panes/conversation.js";
import { showModals } from "./panes/modals.js";
import { showSidebar } from "./panes/sidebar.js";
import { forget } from "./blocks/surface.js";
import { showThread } from "./panes/thread.js";
import { startWorld } from "./panes/world.js";

const page = {
  person: "operator",
  channel: "",
  tab: "messages",
  thread: "",
  away: false,
  seen: null,
  failures: new Map(),
  /** Look somewhere else: a person, a channel, a tab, a thread. */
  go(there) {
    if (there.person && there.person !== page.person) {
      page.seen = null;
      page.failures.clear();
    }
    if (there.channel && there.channel !== page.channel) there = { thread: "", tab: "messages", ...there };
    Object.assign(page, there);
    remember();
    page.seen ? render() : refresh();
  },
  refresh,
};

let asking = false;
let again = false;

/** Ask for all that the person sees; calls while one is under way become one more. */
async function refresh(redraw = false) {
  if (redraw === true) document.querySelectorAll(".block, .message").forEach((one) => { one.reconciledLooks = ""; });
  again = true;
  if (asking) return;
  asking = true;
  while (again) {
    again = false;
    await askOnce(page.person);
  }
  asking = false;
}

async function askOnce(person) {
  try {
    const seen = await see(person);
    if (person !== page.person) {
      again = true;
      return;
    }
    page.seen = seen;
    page.away = false;
  } catch {
    page.away = true;
  }
  if (page.seen) render();
}

function render() {
  const { seen } = page;
  if (!seen.channels.some((channel) => channel.id === page.channel)) {
    page.channel = (seen.channels.find((channel) => channel.with_bot && !channel.direct) ?? seen.channels[0]).id;
  }
  forget(new Set([...seen.views.map((view) => view.id), seen.home?.id]));
  document.body.classList.toggle("with-thread", page.thread !== "");
  document.title = `${seen.channels.find((one) => one.id === page.channel).name || seen.bot.name} · Sandbox`;
  showSidebar(document.getElementById("sidebar"), page);
  showConversation(document.getElementById("conversation"), page);
  showThread(document.getElementById("thread"), page);
  showModals(document.getElementById("modals"), page);
  startWorld(document.getElementById("world"), page);
  document.body.dataset.ready = page.person;
}

function remember() {
  history.replaceState(null, "", `#${page.person}/${page.channel}`);
}

function recall() {
  const [person, channel] = location.hash.slice(1).split("/");
  if (person) Object.assign(page, { person, channel: channel ?? "" });
}

recall();
window.addEventListener("hashchange", () => { recall(); page.seen = null; refresh(); });
listen(() => refresh(), (away) => {
  if (page.away === away) return;
  page.away = away;
  if (page.seen) render();
});
