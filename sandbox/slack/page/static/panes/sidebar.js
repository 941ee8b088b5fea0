// Where one can look, and who one is.

import { avatar } from "./avatar.js";
import { h } from "../dom.js";

export function showSidebar(container, page) {
  const { seen } = page;
  const looks = JSON.stringify([page.person, page.channel, page.away, seen.connected, seen.channels, seen.people]);
  if (container.looks === looks) return;
  container.looks = looks;
  const places = seen.channels.filter((channel) => !channel.direct);
  const direct = seen.channels.filter((channel) => channel.direct);
  container.replaceChildren(
    h("header", {}, h("span", { class: "mark", "aria-hidden": "true" }, "S"), h("strong", {}, "Sandbox")),
    h("h2", {}, "Channels"),
    h("ul", {}, places.map((channel) => entry(page, channel, h("span", { class: "hash" }, "#"), channel.name))),
    h("h2", {}, "Apps"),
    h("ul", {}, direct.map((channel) => entry(page, channel, avatar(seen.bot, "small"), seen.bot.name, presence(page)))),
    h("section", { class: "switch", role: "radiogroup", "aria-label": "You are" },
      h("h2", {}, "You are"),
      seen.people.map((person) => choice(page, person))),
  );
}

function entry(page, channel, icon, name, extra) {
  const here = channel.id === page.channel;
  return h("li", {}, h("button", {
    type: "button", class: `place ${channel.archived ? "archived" : ""}`, "aria-current": here ? "page" : null, title: name,
    onclick: () => page.go({ channel: channel.id }),
  }, icon, h("span", { class: "name" }, name), extra));
}

function presence(page) {
  const there = page.seen.connected > 0;
  return h("span", { class: `presence ${there ? "there" : ""}`, title: there ? "connected" : "not connected by Socket Mode" });
}

function choice(page, person) {
  const mine = person.key === page.person;
  return h("button", {
    type: "button", role: "radio", class: "person", "aria-checked": String(mine), title: `${person.name} (${person.key})`,
    "aria-label": person.name, onclick: () => page.go({ person: person.key, channel: samePlace(page), thread: "" }),
  }, avatar(person, "medium"), h("span", { class: "who" }, h("span", { class: "name" }, person.name), h("span", { class: "role" }, person.key)));
}

/** A channel is everybody's; the bot's direct messages are each person's own. */
function samePlace(page) {
  const here = page.seen.channels.find((channel) => channel.id === page.channel);
  return here?.direct ? "" : page.channel;
}
