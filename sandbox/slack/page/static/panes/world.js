// The world beside the conversation: what lies in every sink, counted anew every second.

import { damage, look } from "../api.js";
import { h } from "../dom.js";

const EVERY_MS = 1000, FLASH_MS = 1400;

let started = false;
let open = true;
const before = new Map();

/** Begin to look, once; there may be no world around this workspace. */
export function startWorld(panel, page) {
  if (started || !page.seen.world) return;
  started = true;
  panel.hidden = false;
  document.body.classList.add("with-world");
  panel.append(
    h("header", { class: "head" }, h("h2", {}, "The world"), h("span", { class: "members" }, "live"),
      h("button", { type: "button", class: "close", "aria-label": "Hide the world", onclick: () => toggle(panel) }, "⟩")),
    h("div", { class: "world-body" }));
  watch(panel);
}

function toggle(panel) {
  open = !open;
  panel.classList.toggle("folded", !open);
  document.body.classList.toggle("world-folded", !open);
  const button = panel.querySelector(".close");
  button.textContent = open ? "⟩" : "⟨";
  button.setAttribute("aria-label", open ? "Hide the world" : "Show the world");
}

async function watch(panel) {
  if (open && document.visibilityState === "visible") {
    const now = await look();
    if (now) show(panel.querySelector(".world-body"), now);
    panel.classList.toggle("stale", now === null);
  }
  setTimeout(() => watch(panel), EVERY_MS);
}

function show(body, now) {
  if (!body.firstChild) body.append(h("div", { class: "tables" }), breaker(now));
  const tables = [...now.tables.map((table) => [table.title, days(table, now.days)]), ["Kafka", topics(now.topics)]];
  body.querySelector(".tables").replaceChildren(...tables.map(([title, node]) => h("section", {}, h("h3", {}, title), node)));
}

function days(table, names) {
  const head = h("tr", {}, h("th", {}, ""), names.map((day) => h("th", { scope: "col" }, dayName(day))));
  const rows = table.rows.map((row) => h("tr", { class: row.kind },
    h("th", { scope: "row", title: row.name }, row.name),
    row.cells.map((cell, index) => counted("td", `${table.title}/${row.name}/${names[index]}`, cell.count, cell.note))));
  return h("table", { "aria-label": table.title }, h("thead", {}, head), h("tbody", {}, rows));
}

function topics(list) {
  return h("table", { "aria-label": "Kafka" }, h("tbody", {}, list.map((topic) => h("tr", {},
    h("th", { scope: "row" }, topic.name), counted("td", `topic/${topic.name}`, topic.messages, "messages")))));
}

/** A cell that flashes for a moment when its number changes: green for more, red for less. */
function counted(tag, key, count, note) {
  const known = before.get(key) ?? { count, at: 0, way: "" };
  if (known.count !== count) before.set(key, { count, at: performance.now(), way: count > known.count ? "more" : "less" });
  else if (!before.has(key)) before.set(key, known);
  const { at, way } = before.get(key);
  const flash = way && performance.now() - at < FLASH_MS ? `flash-${way}` : "";
  return h(tag, { class: `${count === 0 ? "none" : ""} ${flash}`, "data-cell": key },
    h("b", {}, count === null ? "…" : count.toLocaleString("en")), h("small", {}, count ? note : ""));
}

function breaker(now) {
  const pick = h("select", { "aria-label": "Day to damage" }, now.days.map((day) => h("option", { value: day }, dayName(day))));
  const said = h("p", { class: "said", role: "status" });
  const button = h("button", {
    type: "button", class: "kit", onclick: async () => {
      const answer = await damage(pick.value);
      said.textContent = answer.done ?? answer.failure;
      said.scrollIntoView({ block: "nearest" });
    },
  }, "Damage a file");
  return h("section", { class: "breaker" }, h("h3", {}, "Make a day fail"), h("p", {}, "Cut a stored source file short, then replay it."),
    h("div", { class: "row" }, pick, button), said);
}

function dayName(day) {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString("en", { month: "short", day: "numeric", timeZone: "UTC" });
}
