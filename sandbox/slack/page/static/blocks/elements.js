// Block Kit's interactive elements. What a person does here goes to the surface; nothing is kept in this file.

import { h } from "../dom.js";
import { plain, textNodes } from "./mrkdwn.js";

const BUILT = {
  button, overflow, datepicker, checkboxes,
  radio_buttons: radioButtons,
  plain_text_input: typed,
  number_input: typed,
  static_select: (spec, at) => oneOf(spec, at, fromSpec(spec)),
  multi_static_select: (spec, at) => someOf(spec, at, fromSpec(spec)),
  users_select: (spec, at) => oneOf(spec, at, [{ options: at.surface.users }]),
  multi_users_select: (spec, at) => someOf(spec, at, [{ options: at.surface.users }]),
  channels_select: (spec, at) => oneOf(spec, at, [{ options: at.surface.channels }]),
  multi_channels_select: (spec, at) => someOf(spec, at, [{ options: at.surface.channels }]),
  conversations_select: (spec, at) => oneOf(spec, at, [{ options: [...at.surface.channels, ...at.surface.users] }]),
  multi_conversations_select: (spec, at) => someOf(spec, at, [{ options: [...at.surface.channels, ...at.surface.users] }]),
};

/** One element's control; `block` is the block that holds it. */
export function control(spec, block, surface) {
  const at = { surface, block, id: surface.idOf(block, spec), key: `${block.block_id}/${spec.action_id}`, held: surface.held(block, spec) };
  const build = BUILT[spec.type];
  return build ? build(spec, at) : h("span", { class: "fallback" }, `(${spec.type})`);
}

function use(spec, at, choice) {
  return at.surface.use(spec, at.block, choice);
}

function wrong(at) {
  return at.surface.errors[at.block.block_id] ? { "aria-invalid": "true", "aria-describedby": `${at.id}-error` } : {};
}

function button(spec, at) {
  return h(
    "button",
    { type: "button", class: `kit ${spec.style ?? ""}`, "data-key": at.key, "data-action": spec.action_id, "aria-label": spec.accessibility_label,
      onclick: () => { use(spec, at, null); if (/^https?:/.test(spec.url ?? "")) window.open(spec.url, "_blank", "noopener"); } },
    plain(spec.text.text),
  );
}

function overflow(spec, at) {
  const menu = h("details", { class: "menu" }, h("summary", { "aria-label": "More", "data-key": at.key }, "⋯"));
  menu.append(h("div", { class: "menu-items", role: "menu" }, spec.options.map((option) =>
    h("button", { type: "button", role: "menuitem", onclick: () => { menu.open = false; use(spec, at, option.value); } }, plain(option.text.text)))));
  return menu;
}

function datepicker(spec, at) {
  return h("input", {
    type: "date", id: at.id, "data-key": at.key, "aria-label": at.block.type === "input" ? null : spec.placeholder?.text,
    value: at.held?.selected_date ?? "", autofocus: spec.focus_on_load, ...wrong(at),
    onchange: (event) => use(spec, at, event.target.value || null),
  });
}

function typed(spec, at) {
  const words = at.surface.typed(at.block, spec) ?? at.held?.value ?? "";
  const when = spec.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const tells = (what) => at.block.dispatch_action && when.includes(what);
  const field = h(spec.multiline ? "textarea" : "input", {
    id: at.id, "data-key": at.key, rows: spec.multiline ? 4 : null, type: spec.multiline ? null : "text",
    inputmode: spec.type === "number_input" ? "decimal" : null, placeholder: spec.placeholder?.text,
    autocomplete: "off", spellcheck: "false", dir: "auto", autofocus: spec.focus_on_load, ...wrong(at),
    oninput: () => { at.surface.type(at.block, spec, field.value); if (tells("on_character_entered")) at.surface.enter(at.block, spec); },
    onkeydown: (event) => {
      if (event.key !== "Enter" || spec.multiline || event.isComposing) return;
      event.preventDefault();
      if (tells("on_enter_pressed")) at.surface.enter(at.block, spec);
      else at.surface.submit?.();
    },
  });
  field.value = words;
  return field;
}

function fromSpec(spec) {
  const choices = (options) => options.map((option) => ({ value: option.value, label: option.text.text, description: option.description?.text }));
  if (spec.option_groups) return spec.option_groups.map((group) => ({ label: group.label.text, options: choices(group.options) }));
  return [{ options: choices(spec.options ?? []) }];
}

/** What is chosen: options are known by their value, people and places by their id. */
function chosen(held) {
  const found = Object.entries(held ?? {}).find(([name]) => name.startsWith("selected_"))?.[1];
  const some = Array.isArray(found) ? found : found ? [found] : [];
  return some.map((one) => (typeof one === "object" ? one.value : one));
}

function oneOf(spec, at, groups) {
  const now = chosen(at.held)[0] ?? "";
  const choice = (option) => h("option", { value: option.value, selected: option.value === now }, option.label);
  const empty = h("option", { value: "", disabled: now !== "" && !at.block.optional, selected: now === "" }, spec.placeholder?.text ?? "Select an option");
  const select = h(
    "select",
    { id: at.id, "data-key": at.key, class: now === "" ? "unset" : "", autofocus: spec.focus_on_load, ...wrong(at),
      "aria-label": at.block.type === "input" ? null : spec.placeholder?.text ?? "Select",
      onchange: () => { select.classList.toggle("unset", select.value === ""); use(spec, at, select.value || null); } },
    empty,
    groups.map((group) => group.label ? h("optgroup", { label: group.label }, group.options.map(choice)) : group.options.map(choice)),
  );
  const described = groups.flatMap((group) => group.options).find((option) => option.value === now)?.description;
  return h("div", { class: "select" }, select, described ? h("p", { class: "hint" }, described) : null);
}

function someOf(spec, at, groups) {
  const now = chosen(at.held);
  const boxes = groups.flatMap((group) => [
    group.label ? h("p", { class: "group" }, group.label) : null,
    ...group.options.map((option) => ticked(at, option.value, now.includes(option.value), option.label, option.description)),
  ]);
  const list = h("div", { class: "choices many", onchange: () => use(spec, at, ticksOf(list)) }, boxes);
  return list;
}

function checkboxes(spec, at) {
  const now = chosen(at.held);
  const list = h("div", { class: "choices", onchange: () => use(spec, at, ticksOf(list)) },
    spec.options.map((option) => ticked(at, option.value, now.includes(option.value),
      textNodes(option.text, at.surface.names), option.description && textNodes(option.description, at.surface.names))));
  return list;
}

function ticksOf(list) {
  return [...list.querySelectorAll("input:checked")].map((box) => box.value);
}

function radioButtons(spec, at) {
  const now = chosen(at.held)[0];
  return h("div", { class: "choices", role: "radiogroup" }, spec.options.map((option) =>
    ticked(at, option.value, option.value === now, textNodes(option.text, at.surface.names),
      option.description && textNodes(option.description, at.surface.names), () => use(spec, at, option.value))));
}

function ticked(at, value, checked, words, description, onpick) {
  const box = h("input", { type: onpick ? "radio" : "checkbox", name: at.id, value, checked, "data-key": `${at.key}/${value}`, onchange: onpick });
  return h("label", { class: "choice" }, box, h("span", {}, words, description ? h("span", { class: "description" }, description) : null));
}
