// Slack's text as DOM nodes: mrkdwn with its references and emoji, and plain text.

import { h } from "../dom.js";
import { emoji, withEmoji } from "./emoji.js";

const MARKS = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<reference>[^<>\\n]+)>",
    ":(?<emoji>[a-z0-9_+'-]+):",
    ...[["bold", "\\*"], ["italic", "_"], ["strike", "~"]].map(
      ([name, mark]) => `(?<![\\p{L}\\p{N}${mark}])${mark}(?<${name}>(?![\\s${mark}])[^\\n]*?[^\\s])${mark}(?![\\p{L}\\p{N}${mark}])`,
    ),
  ].join("|"),
  "gu",
);
const TAGS = { bold: "strong", italic: "em", strike: "s" };

export function unescaped(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

/** A text object's nodes, of either kind. */
export function textNodes(object, names) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : plain(object.text);
}

export function plain(text) {
  const pieces = text.split(/:([a-z0-9_+'-]+):/);
  return pieces.flatMap((piece, index) => (index % 2 ? emoji(piece) : lines(piece)));
}

export function mrkdwn(text, names) {
  const pieces = text.split(/```\n?([\s\S]+?)\n?```\n?/);
  return pieces.flatMap((piece, index) => {
    if (index % 2) return h("pre", {}, unescaped(piece));
    return piece === "" ? [] : quoted(piece, names);
  });
}

function quoted(text, names) {
  const nodes = [];
  let rest = [], quote = [];
  const flush = () => {
    if (rest.length) nodes.push(...inline(rest.join("\n"), names));
    if (quote.length) nodes.push(h("blockquote", {}, inline(quote.join("\n"), names)));
    rest = [];
    quote = [];
  };
  for (const line of text.split("\n")) {
    const found = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if ((found ? rest : quote).length) flush();
    if (found) quote.push(found[1]);
    else rest.push(line);
  }
  flush();
  return nodes;
}

function inline(text, names) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(MARKS)) {
    nodes.push(...lines(unescaped(text.slice(end, found.index))), ...marked(found, names));
    end = found.index + found[0].length;
  }
  return [...nodes, ...lines(unescaped(text.slice(end)))];
}

function marked(found, names) {
  const groups = found.groups;
  if (groups.code !== undefined) return [h("code", {}, unescaped(groups.code))];
  if (groups.reference !== undefined) return [reference(groups.reference, names)];
  if (groups.emoji !== undefined) return [emoji(groups.emoji)];
  const [name, tag] = Object.entries(TAGS).find(([kind]) => groups[kind] !== undefined);
  return [h(tag, {}, inline(groups[name], names))];
}

function reference(inside, names) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : unescaped(inside.slice(bar + 1));
  const ident = target.slice(1);
  if (target[0] === "@") return mention(`@${names[ident] ?? (label || ident)}`);
  if (target[0] === "#") return mention(`#${names[ident] ?? (label || ident)}`);
  if (target[0] === "!") return special(ident, label, names);
  return link(unescaped(target), label || unescaped(target));
}

function special(ident, label, names) {
  const [kind, about, format] = ident.split("^");
  if (kind === "date") return document.createTextNode(dated(Number(about), format) || label);
  return mention(label || `@${names[about] ?? kind}`);
}

export function mention(words) {
  return h("span", { class: "mention" }, words);
}

export function link(url, label) {
  if (!/^(https?|mailto):/.test(url)) return document.createTextNode(label);
  return h("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, label);
}

/** `<!date^…>`: the tokens of its format, in this browser's time. */
export function dated(seconds, format = "") {
  const at = new Date(seconds * 1000);
  const day = (options) => at.toLocaleDateString("en", options);
  const tokens = {
    date_num: at.toISOString().slice(0, 10),
    date: day({ dateStyle: "long" }), date_pretty: day({ dateStyle: "long" }),
    date_short: day({ dateStyle: "medium" }), date_short_pretty: day({ dateStyle: "medium" }),
    date_long: day({ dateStyle: "full" }), date_long_pretty: day({ dateStyle: "full" }),
    time: at.toLocaleTimeString("en", { timeStyle: "short" }),
    time_secs: at.toLocaleTimeString("en", { timeStyle: "medium" }),
  };
  return format.replace(/\{(\w+)\}/g, (whole, name) => tokens[name] ?? whole);
}

function lines(text) {
  return text.split("\n").flatMap((line, index) => [...(index ? [h("br")] : []), ...withEmoji(line)]);
}
