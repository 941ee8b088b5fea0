// Emoji that look the same on every machine: the ones that bots use are drawn, the rest are characters.

import { h, svg } from "../dom.js";

const circle = (fill) => [["circle", { cx: 10, cy: 10, r: 8, fill }]];
const tile = (fill, path, more = {}) => [
  ["rect", { x: 2, y: 2, width: 16, height: 16, rx: 3.5, fill }],
  ["path", { d: path, fill: "#fff", ...more }],
];
const stroke = (colour, d, width = 2.2) => [
  "path", { d, fill: "none", stroke: colour, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round" },
];
const BLUE = "#2f7ed8", GREEN = "#2e9e5b", RED = "#d6383f", GREY = "#7b8794", AMBER = "#f2a516", INK = "#4a5560";

// shortcode: [character, shapes in a 20 by 20 box]
const DRAWN = {
  white_check_mark: ["✅", [["rect", { x: 2, y: 2, width: 16, height: 16, rx: 3.5, fill: GREEN }], stroke("#fff", "M6 10.4l2.9 2.9L14.2 7")]],
  heavy_check_mark: ["✔️", [stroke(GREEN, "M4 11l4 4L16 5.5", 2.8)]],
  x: ["❌", [stroke(RED, "M5 5l10 10M15 5L5 15", 3)]],
  warning: ["⚠️", [["path", { d: "M10 2.2L18.6 17a1 1 0 0 1-.9 1.4H2.3a1 1 0 0 1-.9-1.4z", fill: AMBER }], stroke("#3d2c00", "M10 7.5v5", 2), ["circle", { cx: 10, cy: 15.3, r: 1.2, fill: "#3d2c00" }]]],
  no_entry: ["⛔", [...circle(RED), ["rect", { x: 5, y: 8.5, width: 10, height: 3, rx: 1, fill: "#fff" }]]],
  no_entry_sign: ["🚫", [["circle", { cx: 10, cy: 10, r: 7, fill: "none", stroke: RED, "stroke-width": 2.4 }], stroke(RED, "M5.2 5.2l9.6 9.6")]],
  octagonal_sign: ["🛑", [["path", { d: "M6.7 2h6.6L18 6.7v6.6L13.3 18H6.7L2 13.3V6.7z", fill: RED }], ["rect", { x: 6.5, y: 6.5, width: 7, height: 7, rx: 1, fill: "#fff" }]]],
  hourglass_flowing_sand: ["⏳", [stroke(INK, "M5 2.5h10M5 17.5h10M6 3c0 4 3 5 4 7-1 2-4 3-4 7M14 3c0 4-3 5-4 7 1 2 4 3 4 7", 1.6), ["path", { d: "M7.5 6h5L10 9.5zM7 17c0-2 2-2.8 3-3.5 1 .7 3 1.5 3 3.5z", fill: AMBER }]]],
  white_circle: ["⚪", [["circle", { cx: 10, cy: 10, r: 7, fill: "#fff", stroke: "#9aa5b1", "stroke-width": 1.8 }]]],
  black_circle: ["⚫", circle("#39424c")],
  red_circle: ["🔴", circle(RED)],
  large_blue_circle: ["🔵", circle(BLUE)],
  large_green_circle: ["🟢", circle(GREEN)],
  large_yellow_circle: ["🟡", circle("#f4c430")],
  large_orange_circle: ["🟠", circle("#f08a24")],
  arrow_forward: ["▶️", tile(BLUE, "M7.5 5.8l6.5 4.2-6.5 4.2z")],
  double_vertical_bar: ["⏸️", tile(BLUE, "M6.5 6h2.5v8H6.5zM11 6h2.5v8H11z")],
  black_square_for_stop: ["⏹️", tile(BLUE, "M6.5 6.5h7v7h-7z")],
  fast_forward: ["⏩", tile(BLUE, "M5 6l4.5 4L5 14zM10 6l4.5 4L10 14z")],
  rewind: ["⏪", tile(BLUE, "M15 6l-4.5 4L15 14zM10 6L5.5 10 10 14z")],
  leftwards_arrow_with_hook: ["↩️", [...tile(BLUE, ""), stroke("#fff", "M8.5 5.5L5.5 8.5l3 3M5.8 8.5h5.7a2.8 2.8 0 0 1 0 5.6H9", 1.8)]],
  arrows_counterclockwise: ["🔄", [...tile(BLUE, ""), stroke("#fff", "M14 8a4.5 4.5 0 0 0-8-.5M6 12a4.5 4.5 0 0 0 8 .5M6 5v2.7h2.7M14 15v-2.7h-2.7", 1.6)]],
  repeat: ["🔁", [...tile(BLUE, ""), stroke("#fff", "M6 9.5V9a2 2 0 0 1 2-2h6M12 5l2 2-2 2M14 10.5v.5a2 2 0 0 1-2 2H6M8 15l-2-2 2-2", 1.5)]],
  information_source: ["ℹ️", [...tile(BLUE, ""), ["circle", { cx: 10, cy: 6.3, r: 1.3, fill: "#fff" }], stroke("#fff", "M10 9.5v5", 2.2)]],
  wastebasket: ["🗑️", [stroke(GREY, "M4 5.5h12M8 5.5V3.5h4v2M5.5 5.5l.9 12h7.2l.9-12M8.5 8.5v6M11.5 8.5v6", 1.6)]],
  bar_chart: ["📊", [["rect", { x: 3, y: 10, width: 3.5, height: 7, fill: GREEN }], ["rect", { x: 8.2, y: 4, width: 3.5, height: 13, fill: BLUE }], ["rect", { x: 13.5, y: 7.5, width: 3.5, height: 9.5, fill: RED }]]],
  calendar: ["📅", [["rect", { x: 2.5, y: 4, width: 15, height: 13.5, rx: 2, fill: "#fff", stroke: GREY, "stroke-width": 1.4 }], ["path", { d: "M2.5 6a2 2 0 0 1 2-2h11a2 2 0 0 1 2 2v2h-15z", fill: RED }], stroke(GREY, "M6 11h2M9 11h2M12 11h2M6 14h2M9 14h2", 1.6)]],
  stopwatch: ["⏱️", [["circle", { cx: 10, cy: 11.5, r: 6.2, fill: "#fff", stroke: INK, "stroke-width": 1.7 }], stroke(INK, "M10 11.5V8M8 2.5h4M10 2.5v2.5", 1.7)]],
  lock: ["🔒", [["rect", { x: 4, y: 8.5, width: 12, height: 9, rx: 2, fill: AMBER }], stroke(GREY, "M6.5 8.5V6.5a3.5 3.5 0 0 1 7 0v2", 1.9)]],
  mag: ["🔍", [["circle", { cx: 8.5, cy: 8.5, r: 5.2, fill: "#dceeff", stroke: INK, "stroke-width": 1.8 }], stroke(INK, "M12.5 12.5l4.5 4.5", 2.4)]],
  rocket: ["🚀", [["path", { d: "M17 3c-5 0-8.5 3-10 7l3 3c4-1.5 7-5 7-10z", fill: "#c9d3dd" }], ["path", { d: "M7 9.5L3.5 10l-1 3 3.5-.7zM10.5 13L10 16.5l-3 1 .7-3.5z", fill: RED }], ["circle", { cx: 12.5, cy: 7.5, r: 1.7, fill: BLUE }], ["path", { d: "M5.5 12.5c-1.5.5-2.5 2.5-2.5 4.5 2 0 4-1 4.5-2.5z", fill: AMBER }]]],
  tada: ["🎉", [["path", { d: "M3 17.5L7 7l6 6z", fill: AMBER }], stroke(RED, "M11 7c1-1 1-2.5.5-4", 1.7), stroke(BLUE, "M13 9c1.5-1 2.5-1 4-.5", 1.7), ["circle", { cx: 15.5, cy: 4.5, r: 1.3, fill: GREEN }], ["circle", { cx: 7.5, cy: 3.5, r: 1.1, fill: BLUE }], ["circle", { cx: 16.5, cy: 13, r: 1.1, fill: RED }]]],
  package: ["📦", [["path", { d: "M2.5 6L10 3l7.5 3v8.5L10 17.5 2.5 14.5z", fill: "#c99a5b" }], stroke("#8a6231", "M2.8 6.2L10 9l7.2-2.8M10 9v8", 1.3)]],
  eyes: ["👀", [["ellipse", { cx: 6, cy: 10, rx: 3.6, ry: 5.5, fill: "#fff", stroke: INK, "stroke-width": 1.2 }], ["ellipse", { cx: 14, cy: 10, rx: 3.6, ry: 5.5, fill: "#fff", stroke: INK, "stroke-width": 1.2 }], ["circle", { cx: 7, cy: 11, r: 1.8, fill: INK }], ["circle", { cx: 15, cy: 11, r: 1.8, fill: INK }]]],
};
const CHARACTERS = {
  thumbsup: "👍", "+1": "👍", wave: "👋", turtle: "🐢", racehorse: "🐎", hammer_and_wrench: "🛠️", memo: "📝",
  heavy_plus_sign: "➕", pencil2: "✏️", point_right: "👉", question: "❓", exclamation: "❗", zap: "⚡",
  broom: "🧹", robot_face: "🤖", ok: "🆗", link: "🔗", bell: "🔔", clock1: "🕐", recycle: "♻️", skull: "💀",
};
const ALIASES = {
  pause_button: "double_vertical_bar", stop_button: "black_square_for_stop", heavy_multiplication_x: "x",
  hourglass: "hourglass_flowing_sand", green_circle: "large_green_circle", blue_circle: "large_blue_circle",
  timer_clock: "stopwatch", date: "calendar", negative_squared_cross_mark: "x", information: "information_source",
  arrow_backward: "rewind", closed_lock_with_key: "lock", chart_with_upwards_trend: "bar_chart",
};
const BY_CHARACTER = new Map(Object.entries(DRAWN).map(([name, [character]]) => [character, name]));
const ANY_DRAWN = new RegExp(`(${[...BY_CHARACTER.keys()].join("|")})`, "u");

/** A shortcode's picture; an unknown one stays what was written. */
export function emoji(shortcode) {
  const name = ALIASES[shortcode] ?? shortcode;
  if (Object.hasOwn(DRAWN, name)) return drawn(name, shortcode);
  if (Object.hasOwn(CHARACTERS, name)) {
    return h("span", { class: "emoji", role: "img", "aria-label": `:${shortcode}:`, title: `:${shortcode}:` }, CHARACTERS[name]);
  }
  return document.createTextNode(`:${shortcode}:`);
}

/** Text with the characters that have a picture shown as it. */
export function withEmoji(text) {
  if (text === "") return [];
  return text.split(ANY_DRAWN).filter(Boolean).map((piece) => {
    const name = BY_CHARACTER.get(piece);
    return name ? drawn(name, name) : document.createTextNode(piece);
  });
}

function drawn(name, shortcode) {
  const shapes = DRAWN[name][1].map(([tag, attributes]) => svg(tag, attributes));
  return svg(
    "svg",
    { class: "emoji", viewBox: "0 0 20 20", role: "img", "aria-label": `:${shortcode}:` },
    svg("title", {}, `:${shortcode}:`),
    shapes,
  );
}
