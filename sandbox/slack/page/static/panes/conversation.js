// The middle of the page: a channel with its composer, or the bot's direct messages with its Home tab.

import { act } from "../api.js";
import { avatar } from "./avatar.js";
import { blockNode } from "../blocks/blocks.js";
import { composer } from "./composer.js";
import { h, reconcile } from "../dom.js";
import { showMessages } from "./messages.js";
import { surfaceOf } from "../blocks/surface.js";

export function showConversation(container, page) {
  const channel = page.seen.channels.find((one) => one.id === page.channel);
  const frame = `${page.person}/${channel.id}/${page.tab}/${channel.archived}`;
  if (container.frame !== frame) {
    container.frame = frame;
    container.replaceChildren(...(page.tab === "home" ? homeFrame(page, channel) : channelFrame(page, channel)));
  }
  container.querySelector(".offline").hidden = !page.away;
  if (page.tab === "home") showHome(container.querySelector(".home-blocks"), page);
  else showChannel(container.querySelector(".messages"), page, channel);
}

function head(page, channel) {
  const name = channel.direct ? page.seen.bot.name : `# ${channel.name}`;
  return h("header", { class: "head" },
    channel.direct ? avatar(page.seen.bot, "medium") : null,
    h("h1", {}, name),
    channel.direct ? null : h("span", { class: "members" }, `${channel.members} members`),
    channel.direct ? tabs(page) : null,
    h("p", { class: "offline", role: "status", hidden: true }, "The sandbox does not answer. Trying again …"));
}

function tabs(page) {
  const tab = (name, label) => h("button", {
    type: "button", role: "tab", "aria-selected": String(page.tab === name),
    onclick: () => { if (name === "home") act(page.person, "open_home", {}).then(() => page.refresh()); page.go({ tab: name, thread: "" }); },
  }, label);
  return h("div", { class: "tabs", role: "tablist" }, tab("home", "Home"), tab("messages", "Messages"));
}

function channelFrame(page, channel) {
  const list = h("div", { class: "messages", id: "channel-messages", role: "log", "aria-label": "Messages" });
  const below = channel.archived
    ? h("p", { class: "closed" }, "This channel is archived.")
    : composer(page, channel, "");
  return [head(page, channel), list, below];
}

function showChannel(list, page, channel) {
  const all = page.seen.messages[channel.id];
  const top = all.filter((message) => !message.reply);
  list.classList.toggle("empty", top.length === 0);
  if (top.length === 0 && channel.with_bot) welcome(list, page, channel);
  else {
    list.querySelector(".welcome")?.remove();
    showMessages(list, top, page, channel, (message) => threadOf(all, message));
  }
}

function threadOf(all, message) {
  const replies = all.filter((one) => one.reply && one.thread_ts === message.ts);
  if (replies.length === 0) return { count: 0 };
  const authors = new Map(replies.map((reply) => [reply.author.id, reply.author]));
  return { count: replies.length, last: replies[replies.length - 1].ts, authors: [...authors.values()] };
}

const FIRST_STEPS = [
  ["/replay", "opens the form: choose raw, 2019-12-01 to 2019-12-03, and press Plan"],
  ["/replay raw 2019-12-01 2019-12-03 rate=1MB/s", "in one line, and slow enough to watch"],
  ["/replay help", "shows everything else"],
];

function welcome(list, page, channel) {
  if (list.querySelector(".welcome")) return;
  list.replaceChildren(h("section", { class: "welcome" },
    avatar(page.seen.bot, "large"),
    h("h2", {}, `Ask ${page.seen.bot.name} for a replay`),
    h("p", {}, "Type a command below, or press one of these. Nothing is deleted before you have seen a plan and confirmed it."),
    h("ul", {}, FIRST_STEPS.map(([command, what]) => h("li", {},
      h("button", { type: "button", class: "kit", onclick: () => act(page.person, "write", { channel: channel.id, text: command }) }, h("code", {}, command)),
      h("span", {}, what)))),
    h("ul", { class: "then" },
      h("li", {}, "Then press Review and start and type the source's name. Pause, Slower and Cancel work while it runs; its thread has the days."),
      page.seen.world ? h("li", {}, "On the right the stores empty and refill. Damage a file there, and that day fails and is restored.") : null,
      h("li", {}, "On the left you can be somebody else: Ben may confirm and cancel what Asha asks for, Chen may do nothing."))));
}

function homeFrame(page, channel) {
  return [head(page, channel), h("div", { class: "home", "aria-label": "Home" }, h("div", { class: "home-blocks" }))];
}

function showHome(container, page) {
  const view = page.seen.home;
  if (!view) {
    container.replaceChildren(h("p", { class: "nothing" }, `${page.seen.bot.name} has not published its Home tab yet.`));
    return;
  }
  container.querySelector(".nothing")?.remove();
  const surface = surfaceOf({
    person: page.person, where: { view: view.id }, state: view.state.values, errors: view.errors,
    names: page.seen.names, people: page.seen.people, channels: page.seen.channels,
    failed: (words) => { words ? page.failures.set(view.id, words) : page.failures.delete(view.id); },
    refresh: page.refresh,
  });
  reconcile(container, view.blocks, (block) => block.block_id,
    (block) => JSON.stringify([view.id, block, view.state.values[block.block_id]]), (block) => blockNode(block, surface));
}
