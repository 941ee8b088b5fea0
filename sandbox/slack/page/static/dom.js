// Small helpers around the DOM. Foreign text only ever becomes text nodes and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes, listeners (`onclick`) and children; strings become text. */
export function h(tag, attributes = {}, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return dressed(document.createElementNS(SVG, tag), attributes, children);
}

function dressed(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/**
 * Bring a container's children in line with items, touching only what has changed, so that focus, what is being
 * typed and the place on the screen stay. `key` names an item, `signature` says whether it still looks the same.
 */
export function reconcile(container, items, key, signature, build) {
  const before = new Map([...container.children].map((child) => [child.reconciledKey, child]));
  let place = container.firstElementChild;
  for (const item of items) {
    const name = key(item), looks = signature(item);
    let child = before.get(name);
    before.delete(name);
    if (child === undefined || child.reconciledLooks !== looks) {
      const fresh = build(item);
      fresh.reconciledKey = name;
      fresh.reconciledLooks = looks;
      if (child !== undefined) {
        if (child === place) place = fresh;
        const focused = focusIn(child);
        child.replaceWith(fresh);
        refocus(fresh, focused);
      }
      child = fresh;
    }
    if (child === place) place = child.nextElementSibling;
    else container.insertBefore(child, place);
  }
  for (const gone of before.values()) gone.remove();
}

function focusIn(element) {
  const active = document.activeElement;
  if (!active || !element.contains(active) || !active.dataset.key) return null;
  let range = null;
  try { range = [active.selectionStart, active.selectionEnd]; } catch { /* a date has no selection */ }
  return { key: active.dataset.key, range };
}

function refocus(element, focused) {
  if (!focused) return;
  const again = [...element.querySelectorAll("[data-key]")].find((one) => one.dataset.key === focused.key);
  if (!again) return;
  again.focus({ preventScroll: true });
  try { if (focused.range?.[0] != null) again.setSelectionRange(...focused.range); } catch { /* nor a number */ }
}
