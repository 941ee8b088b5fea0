// The rich_text block: sections, lists, quotes and preformatted text.

import { h } from "../dom.js";
import { emoji } from "./emoji.js";
import { dated, link, mention } from "./mrkdwn.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

export function richText(block, names) {
  return h("div", { class: "rich" }, (block?.elements ?? []).map((part) => richPart(part, names)));
}

function richPart(part, names) {
  const inside = () => (part.elements ?? []).flatMap((leaf) => richLeaf(leaf, names));
  switch (part.type) {
    case "rich_text_list": {
      const items = (part.elements ?? []).map((one) => h("li", {}, (one.elements ?? []).flatMap((leaf) => richLeaf(leaf, names))));
      return h(part.style === "ordered" ? "ol" : "ul", { class: `indent-${Number(part.indent) || 0}` }, items);
    }
    case "rich_text_quote": return h("blockquote", {}, inside());
    case "rich_text_preformatted": return h("pre", {}, inside());
    default: return h("p", {}, inside());
  }
}

function richLeaf(leaf, names) {
  return Object.keys(STYLES).filter((name) => leaf.style?.[name])
    .reduce((nodes, name) => [h(STYLES[name], {}, nodes)], bare(leaf, names));
}

function bare(leaf, names) {
  switch (leaf.type) {
    case "text": return plainKept(String(leaf.text ?? ""));
    case "link": return [link(String(leaf.url), String(leaf.text || leaf.url))];
    case "emoji": return [emoji(String(leaf.name))];
    case "user": return [mention(`@${names[leaf.user_id] ?? leaf.user_id}`)];
    case "usergroup": return [mention(`@${names[leaf.usergroup_id] ?? leaf.usergroup_id}`)];
    case "channel": return [mention(`#${names[leaf.channel_id] ?? leaf.channel_id}`)];
    case "broadcast": return [mention(`@${leaf.range}`)];
    case "date": return [document.createTextNode(dated(Number(leaf.timestamp), leaf.format) || String(leaf.fallback ?? ""))];
    case "color": return [h("code", {}, String(leaf.value))];
    default: return [];
  }
}

/** Rich text holds no shortcodes: a colon in it is a colon. */
function plainKept(text) {
  return text.split("\n").flatMap((line, index) => [...(index ? [h("br")] : []), ...(line ? [document.createTextNode(line)] : [])]);
}

