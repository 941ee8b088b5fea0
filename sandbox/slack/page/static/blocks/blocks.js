// Block Kit's blocks as DOM. `surface` says where they stand: a message, a modal or the home tab (see surface.js).

import { chart } from "./chart.js";
import { h } from "../dom.js";
import { control } from "./elements.js";
import { mrkdwn, plain, textNodes } from "./mrkdwn.js";
import { richText } from "./rich_text.js";

const BUILT = {
  section, header, divider, context, actions, input, image, plan,
  rich_text: (block, surface) => richText(block, surface.names),
  task_card: (block, surface) => h("div", { class: "plan-card" }, h("ol", {}, task(block, surface.names))),
  data_visualization: chart,
};

export function blockNode(block, surface) {
  const build = BUILT[block.type] ?? ((unknown) => h("p", { class: "fallback" }, `(${unknown.type})`));
  return h("div", { class: `block ${block.type}`, "data-block": block.block_id }, build(block, surface));
}

function section(block, surface) {
  const accessory = block.accessory
    ? h("div", { class: "accessory" }, block.accessory.type === "image" ? picture(block.accessory) : control(block.accessory, block, surface))
    : null;
  const fields = block.fields
    ? h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "field" }, textNodes(field, surface.names))))
    : null;
  const words = block.text ? h("div", { class: "text" }, textNodes(block.text, surface.names)) : null;
  return [h("div", { class: "words" }, words, fields), accessory];
}

function header(block) {
  return h("h3", {}, plain(block.text.text));
}

function divider() {
  return h("hr");
}

function context(block, surface) {
  return block.elements.map((one) =>
    one.type === "image" ? picture(one) : h("span", { class: "context-item" }, textNodes(one, surface.names)));
}

function actions(block, surface) {
  return block.elements.map((spec) => control(spec, block, surface));
}

function input(block, surface) {
  const id = surface.idOf(block, block.element);
  const many = ["checkboxes", "radio_buttons"].includes(block.element.type) || block.element.type.startsWith("multi_");
  const words = [plain(block.label.text), block.optional ? h("span", { class: "optional" }, " (optional)") : null];
  const error = surface.errors[block.block_id];
  return h(
    many ? "fieldset" : "div",
    { class: error ? "wrong" : "" },
    many ? h("legend", {}, words) : h("label", { for: id }, words),
    control(block.element, block, surface),
    error ? h("p", { class: "error", role: "alert", id: `${id}-error` }, error) : null,
    block.hint ? h("p", { class: "hint" }, plain(block.hint.text)) : null,
  );
}

function image(block) {
  return h("figure", {}, block.title ? h("figcaption", {}, plain(block.title.text)) : null, picture(block));
}

/** Only this machine's own pictures are fetched; any other stands there as its words. */
function picture(block) {
  const url = String(block.image_url ?? "");
  const own = url.startsWith(`${location.origin}/`) || url.startsWith("data:image/png") || url.startsWith("data:image/jpeg");
  return own ? h("img", { src: url, alt: block.alt_text }) : h("span", { class: "picture", role: "img", "aria-label": block.alt_text }, block.alt_text);
}

function plan(block, surface) {
  const tasks = block.tasks ?? [];
  const done = tasks.filter((one) => one.status === "complete").length;
  return h(
    "section",
    { class: "plan-card", "aria-label": block.title },
    h("header", {}, h("strong", {}, block.title), tasks.length ? h("span", { class: "tally" }, `${done} of ${tasks.length}`) : null),
    h("ol", {}, tasks.map((one) => task(one, surface.names))),
  );
}

const STATUS_WORDS = { pending: "pending", in_progress: "in progress", complete: "complete", error: "error" };

function task(one, names) {
  return h(
    "li",
    { class: `task is-${one.status}` },
    h("span", { class: "status", role: "img", "aria-label": STATUS_WORDS[one.status], title: STATUS_WORDS[one.status] }),
    h("div", { class: "task-words" },
      h("span", { class: "task-title" }, one.title),
      one.details ? h("div", { class: "details" }, richText(one.details, names)) : null,
      one.output ? h("div", { class: "output" }, richText(one.output, names)) : null,
      one.sources?.length ? h("div", { class: "sources" }, one.sources.flatMap((source) => [mrkdwn(`<${source.url}|${source.text}>`, names), " "])) : null),
  );
}
