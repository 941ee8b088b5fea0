// The modal that lies over everything: the top of the person's stack of views.

import { act } from "../api.js";
import { blockNode } from "../blocks/blocks.js";
import { h, reconcile } from "../dom.js";
import { plain } from "../blocks/mrkdwn.js";
import { failureWords, settled, spoken, surfaceOf } from "../blocks/surface.js";

const TROUBLE = "We had some trouble connecting. Try again?";

export function showModals(container, page) {
  const view = page.seen.views[page.seen.views.length - 1];
  if (!view) {
    container.frame = "";
    container.replaceChildren();
    return;
  }
  const frame = `${page.person}/${view.id}`;
  const isNew = container.frame !== frame;
  if (isNew) {
    container.frame = frame;
    container.replaceChildren(veil());
  }
  const modal = container.querySelector(".modal");
  const surface = surfaceOf({
    person: page.person, where: { view: view.id }, state: view.state.values, errors: view.errors,
    names: page.seen.names, people: page.seen.people, channels: page.seen.channels,
    failed: (words) => say(modal, words),
    refresh: page.refresh,
    submit: () => modal.querySelector(".submit")?.click(),
  });
  showFrame(modal, view, page);
  reconcile(modal.querySelector(".modal-blocks"), view.blocks, (block) => block.block_id,
    (block) => JSON.stringify([block, stateOf(view, block), view.errors[block.block_id]]), (block) => blockNode(block, surface));
  if (isNew) focusFirst(modal);
  else if (Object.keys(view.errors).length && container.errors !== JSON.stringify(view.errors)) modal.querySelector(".error")?.scrollIntoView({ block: "center" });
  container.errors = JSON.stringify(view.errors);
}

/** Text fields show what is typed here, so what Slack holds of them does not change their looks. */
function stateOf(view, block) {
  const state = Object.values(view.state.values[block.block_id] ?? {});
  return state.filter((held) => held.type !== "plain_text_input" && held.type !== "number_input");
}

function veil() {
  return h("div", { class: "veil" }, h("section", { class: "modal", role: "dialog", "aria-modal": "true" },
    h("header", {}), h("p", { class: "trouble", role: "alert", hidden: true }), h("div", { class: "modal-blocks" }), h("footer", {})));
}

function showFrame(modal, view, page) {
  const looks = JSON.stringify([view.title, view.submit, view.close, page.seen.views.length]);
  if (modal.looks === looks) return;
  modal.looks = looks;
  modal.setAttribute("aria-label", view.title.text);
  const close = (all) => act(page.person, "close", { view: view.id, all }).then(() => page.refresh());
  modal.onkeydown = (event) => { if (event.key === "Escape") close(false); };
  modal.querySelector("header").replaceChildren(
    ...(page.seen.views.length > 1 ? [h("button", { type: "button", class: "back", "aria-label": "Back", onclick: () => close(false) }, "‹")] : []),
    h("h2", {}, plain(view.title.text)),
    h("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => close(true) }, "✕"));
  modal.querySelector("footer").replaceChildren(
    h("button", { type: "button", class: "kit", onclick: () => close(false) }, view.close?.text ?? "Cancel"),
    ...(view.submit ? [submitButton(modal, view, page)] : []));
}

/** Like Slack's, it can be pressed once until the app has answered, and shows that it waits. */
function submitButton(modal, view, page) {
  const button = h("button", { type: "button", class: "kit primary submit" }, view.submit.text);
  button.addEventListener("click", async () => {
    if (button.classList.contains("waiting")) return;
    button.classList.add("waiting");
    button.setAttribute("aria-busy", "true");
    say(modal, "");
    await settled();
    const answer = await act(page.person, "submit", { view: view.id, ...spoken(view.id) });
    button.classList.remove("waiting");
    button.removeAttribute("aria-busy");
    if (answer.failure) say(modal, answer.failure.startsWith(TROUBLE) ? answer.failure : `${TROUBLE} (${failureWords(answer.failure)})`);
    page.refresh();
  });
  return button;
}

function say(modal, words) {
  const trouble = modal.querySelector(".trouble");
  trouble.textContent = words;
  trouble.hidden = words === "";
}

function focusFirst(modal) {
  const first = modal.querySelector("[autofocus]") ?? modal.querySelector(".modal-blocks input, .modal-blocks select, .modal-blocks textarea, .submit");
  first?.focus({ preventScroll: true });
}
