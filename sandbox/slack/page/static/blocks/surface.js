// Where blocks stand - a message, a modal, the home tab - and what becomes of what is done there.

import { act } from "../api.js";
import { h } from "../dom.js";
import { textNodes } from "./mrkdwn.js";

// What has been typed and not sent: Slack keeps it by view, block_id and action_id, and so does this.
const drafts = new Map();
// Choices on their way, which a submission waits for.
const underway = new Set();

const FAILURES = {
  dispatch_failed: "Replay Bot is not there to answer",
  operation_timeout: "Replay Bot did not answer in time",
};

export function failureWords(failure) {
  return FAILURES[failure] ? `${FAILURES[failure]} (${failure})` : failure;
}

/**
 * `where` goes into every request (`{view}` or `{channel, ts}`), `state` is what Slack holds of the elements,
 * `failed(words)` shows Slack's own message, `submit()` is what Enter in a field means, if anything.
 */
export function surfaceOf({ person, where, state, errors = {}, names, people, channels, failed, refresh, submit }) {
  const id = where.view ?? where.ts;
  const keyOf = (block, spec) => `${block.block_id}/${spec.action_id}`;
  const request = (block, spec, more) => ({ ...where, ...spoken(id), block_id: block.block_id, action_id: spec.action_id, ...more });
  const send = (name, body) => {
    const sent = act(person, name, body).then((answer) => {
      failed(answer.failure ? failureWords(answer.failure) : "");
      refresh();
    });
    underway.add(sent);
    sent.finally(() => underway.delete(sent));
  };
  return {
    names, errors, submit,
    users: people.map((one) => ({ value: one.id, label: one.name })),
    channels: channels.filter((one) => !one.direct).map((one) => ({ value: one.id, label: `#${one.name}` })),
    idOf: (block, spec) => `${id}-${keyOf(block, spec)}`,
    held: (block, spec) => state?.[block.block_id]?.[spec.action_id],
    typed: (block, spec) => drafts.get(id)?.[keyOf(block, spec)],
    type: (block, spec, words) => drafts.set(id, { ...drafts.get(id), [keyOf(block, spec)]: words }),
    enter: (block, spec) => send("enter", request(block, spec, {})),
    use: async (spec, block, choice) => {
      if (spec.confirm && !(await asked(spec.confirm, names))) return refresh(true);
      return send("use", request(block, spec, choice === null && spec.type === "button" ? {} : { choice }));
    },
  };
}

/** What has been typed into a view, to go with whatever is done in it. */
export function spoken(id) {
  return { typed: drafts.get(id) ?? {} };
}

export function settled() {
  return Promise.allSettled([...underway]);
}

/** Forget the drafts of views that are gone. */
export function forget(living) {
  for (const id of drafts.keys()) if (!living.has(id)) drafts.delete(id);
}

/** Slack's confirmation dialog: whether the person really wants it. */
function asked(confirm, names) {
  return new Promise((resolve) => {
    const end = (answer) => { veil.remove(); resolve(answer); };
    const yes = h("button", { type: "button", class: `kit ${confirm.style === "danger" ? "danger" : "primary"}`, onclick: () => end(true) }, confirm.confirm.text);
    const veil = h(
      "div",
      { class: "veil", onkeydown: (event) => event.key === "Escape" && end(false) },
      h("section", { class: "question", role: "alertdialog", "aria-modal": "true", "aria-label": confirm.title.text },
        h("h2", {}, confirm.title.text),
        h("div", { class: "text" }, textNodes(confirm.text, names)),
        h("footer", {}, h("button", { type: "button", class: "kit", onclick: () => end(false) }, confirm.deny.text), yes)),
    );
    document.getElementById("questions").append(veil);
    yes.focus();
  });
}
