// A message as a reader sees it.

import { act } from "../api.js";
import { avatar } from "./avatar.js";
import { blockNode } from "../blocks/blocks.js";
import { h, reconcile } from "../dom.js";
import { mrkdwn } from "../blocks/mrkdwn.js";
import { surfaceOf } from "../blocks/surface.js";
import { emoji } from "../blocks/emoji.js";

/** Keep a list of messages in step; `replies(message)` is how a channel shows a thread, none within a thread. */
export function showMessages(list, messages, page, channel, replies) {
  const drawn = (message) => JSON.stringify([message, page.failures.get(message.ts), replies?.(message), page.person]);
  reconcile(list, messages, (message) => message.ts, drawn, (message) => messageNode(message, page, channel, replies));
  if (list.atEnd === undefined) followEnd(list);
  if (list.atEnd) list.scrollTop = list.scrollHeight;
}

/** Who reads the end keeps seeing it, whatever grows or shrinks; who has scrolled up is left alone. */
function followEnd(list) {
  list.atEnd = true;
  list.addEventListener("scroll", () => { list.atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60; });
  new ResizeObserver(() => { if (list.atEnd) list.scrollTop = list.scrollHeight; }).observe(list);
}

function messageNode(message, page, channel, replies) {
  const where = { channel: channel.id, ts: message.ts };
  const failure = page.failures.get(message.ts);
  return h(
    "article",
    { class: `message ${message.only_you ? "only-you" : ""}`, "data-ts": message.ts, "aria-label": `${message.author.name}` },
    avatar(message.author),
    h("div", { class: "body" },
      message.only_you ? h("p", { class: "only-you-mark" }, "Only visible to you") : null,
      h("header", {},
        h("strong", { class: "author" }, message.author.name),
        message.author.is_bot || message.author.key === "slackbot" ? h("span", { class: "badge" }, "APP") : null,
        h("time", { datetime: new Date(Number(message.ts) * 1000).toISOString() }, clock(message.ts)),
        message.edited ? h("span", { class: "edited" }, "(edited)") : null),
      h("div", { class: "content" }, content(message, page, where)),
      reactions(message),
      failure ? h("p", { class: "failure", role: "alert" }, failure) : null,
      replies ? threadLine(replies(message), page, message) : null),
    toolbar(message, page, where, replies !== undefined),
  );
}

function content(message, page, where) {
  const { seen } = page;
  if (!message.blocks?.length) return h("div", { class: "text" }, mrkdwn(message.text, seen.names));
  const surface = surfaceOf({
    person: page.person, where, state: message.state, names: seen.names, people: seen.people, channels: seen.channels,
    failed: (words) => { words ? page.failures.set(message.ts, words) : page.failures.delete(message.ts); },
    refresh: page.refresh,
  });
  return message.blocks.map((block) => blockNode(block, surface));
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  return h("div", { class: "reactions" }, message.reactions.map((one) => h("span", {}, emoji(one.name), ` ${one.count}`)));
}

function threadLine(replies, page, message) {
  if (!replies?.count) return null;
  return h("button", { type: "button", class: "replies", onclick: () => page.go({ thread: message.ts }) },
    replies.authors.map((author) => avatar(author, "small")),
    h("span", { class: "count" }, replies.count === 1 ? "1 reply" : `${replies.count} replies`),
    h("span", { class: "last" }, `Last reply at ${clock(replies.last)}`));
}

function toolbar(message, page, where, inChannel) {
  const reply = inChannel && !message.only_you
    ? h("button", { type: "button", title: "Reply in thread", onclick: () => page.go({ thread: message.ts }) }, "Reply") : null;
  return h("div", { class: "toolbar" }, reply,
    h("button", { type: "button", title: "Delete this message, as an administrator can", onclick: () => act(page.person, "delete", where) }, "Delete"));
}

export function clock(ts) {
  return new Date(Number(ts) * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
