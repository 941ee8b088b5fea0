// Where one types: words for everybody, or a slash command.

import { act } from "../api.js";
import { h } from "../dom.js";

const drafts = new Map();
// What is sent arrives in the order in which it was sent.
let sent = Promise.resolve();

export function composer(page, channel, thread) {
  const place = `${page.person}/${channel.id}/${thread}`;
  const whom = thread ? "Reply…" : channel.direct ? `Message ${page.seen.bot.name}` : `Message #${channel.name}`;
  const failure = h("p", { class: "failure", role: "alert", hidden: true });
  const field = h("textarea", {
    rows: 1, placeholder: channel.with_bot && !thread ? `${whom}, or type /replay` : whom, "aria-label": thread ? "Reply" : "Message", spellcheck: "false",
    oninput: () => { drafts.set(place, field.value); fit(field); failure.hidden = true; },
    onkeydown: (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
    },
  });
  const send = async () => {
    const text = field.value.trim();
    if (text === "") return;
    field.value = "";
    drafts.delete(place);
    fit(field);
    sent = sent.then(() => act(page.person, "write", { channel: channel.id, text, thread_ts: thread }));
    const answer = await sent;
    failure.textContent = answer.failure ?? "";
    failure.hidden = !answer.failure;
    page.refresh();
  };
  field.value = drafts.get(place) ?? "";
  return h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); send(); } },
    failure, h("div", { class: "box" }, field, h("button", { type: "submit", title: "Send", "aria-label": "Send" }, "➤")));
}

function fit(field) {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
}
