// The thread pane beside the conversation.

import { composer } from "./composer.js";
import { h } from "../dom.js";
import { showMessages } from "./messages.js";

export function showThread(container, page) {
  container.hidden = page.thread === "";
  if (page.thread === "") {
    container.frame = "";
    container.replaceChildren();
    return;
  }
  const channel = page.seen.channels.find((one) => one.id === page.channel);
  const frame = `${page.person}/${channel.id}/${page.thread}`;
  if (container.frame !== frame) {
    container.frame = frame;
    container.replaceChildren(
      h("header", { class: "head" }, h("h2", {}, "Thread"), h("span", { class: "members" }, channel.direct ? page.seen.bot.name : `# ${channel.name}`),
        h("button", { type: "button", class: "close", "aria-label": "Close thread", onclick: () => page.go({ thread: "" }) }, "✕")),
      h("div", { class: "messages", id: "thread-messages", role: "log", "aria-label": "Thread messages" }),
      channel.archived ? h("p", { class: "closed" }, "This channel is archived.") : composer(page, channel, page.thread));
  }
  const there = page.seen.messages[channel.id].filter((message) => message.ts === page.thread || (message.reply && message.thread_ts === page.thread));
  showMessages(container.querySelector(".messages"), there, page, channel);
}
