// Puts fresh markup in the place of what stands, element by element, so that focus, selection and scroll stay.
// What the person did on the page and the server knows nothing of is kept: without this list a refresh unticks boxes.
import { tellAll } from "./time.js";

const THEIRS = new Set(["open", "checked", "hidden", "aria-selected", "aria-current", "aria-pressed", "aria-busy", "aria-invalid", "data-filled", "data-picked"]);
const keyOf = (node) => node.nodeType === 1 ? node.dataset.live ?? node.getAttribute("id") : null;
// What the browser put there itself, such as why a form was refused, is nothing of the server's: it stays where it is.
const after = (node) => { while (node?.nodeType === 1 && node.dataset.theirs !== undefined) node = node.nextSibling; return node; };
const alike = (old, fresh) => old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName && keyOf(old) === keyOf(fresh);

/** Makes `old` what `fresh` is; both are of the same kind. */
export function patch(old, fresh) {
  if (old.nodeType !== 1) { if (old.data !== fresh.data) old.data = fresh.data; return; }
  if (old.isEqualNode(fresh) || old.dataset.filled) return;
  for (const { name, value } of [...fresh.attributes]) if (!THEIRS.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!THEIRS.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  // A chunk that has been filled stays, though the page itself comes without its steps.
  if (fresh.dataset.src && !fresh.firstElementChild && old.firstElementChild) return;
  if (old !== document.activeElement || !old.matches("textarea")) patchChildren(old, fresh);
}
function patchChildren(old, fresh) {
  const keyed = new Map([...old.children].filter(keyOf).map((child) => [keyOf(child), child]));
  let at = after(old.firstChild);
  for (const next of [...fresh.childNodes]) {
    const key = keyOf(next), known = key ? keyed.get(key) : at;
    if (!known || !alike(known, next)) { old.insertBefore(next, at); continue; }
    if (known === at) at = after(at.nextSibling); else old.insertBefore(known, at);
    patch(known, next);
  }
  while (at) { const gone = at; at = after(at.nextSibling); gone.remove(); }
}

/** Patches each element of a fragment into those that show the same thing: data-live says what that is. */
export function morph(html) {
  const rows = new DOMParser().parseFromString(`<table><tbody>${html}</tbody></table>`, "text/html");
  const loose = new DOMParser().parseFromString(html, "text/html");
  const found = [...rows.querySelectorAll("tr[data-live]"), ...loose.querySelectorAll("[data-live]:not(tr)")];
  for (const fresh of found.filter((each) => !each.parentElement.closest("[data-live]"))) {
    for (const old of document.querySelectorAll(`[data-live="${CSS.escape(fresh.dataset.live)}"]`)) {
      if (old.nodeName !== fresh.nodeName) continue;
      patch(old, fresh.cloneNode(true)); tellAll(old);
    }
  }
}
