// A face for everybody: the first letter on a colour of their own, and a drawn one for the bot.

import { h, svg } from "../dom.js";

const COLOURS = { operator: "#c2573a", approver: "#2f7d6b", stranger: "#7a5ea8", slackbot: "#55606e" };

export function avatar(user, size = "") {
  if (user.key === "bot") {
    return h("span", { class: `avatar bot ${size}`, "aria-hidden": "true" },
      svg("svg", { viewBox: "0 0 36 36" },
        svg("path", { d: "M10.5 18a7.5 7.5 0 1 1 2.2 5.3", fill: "none", stroke: "#fff", "stroke-width": 2.8, "stroke-linecap": "round" }),
        svg("path", { d: "M8 14.2l2.5 4.3 4.3-2.6", fill: "none", stroke: "#fff", "stroke-width": 2.8, "stroke-linecap": "round", "stroke-linejoin": "round" }),
        svg("path", { d: "M16.2 14.6l5.6 3.4-5.6 3.4z", fill: "#fff" })));
  }
  const face = h("span", { class: `avatar ${size}`, "aria-hidden": "true" }, user.name.slice(0, 1));
  face.style.backgroundColor = COLOURS[user.key] ?? "#55606e";
  return face;
}
