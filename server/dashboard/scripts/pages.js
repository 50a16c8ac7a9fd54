// Fetches a page of this dashboard and puts its content in the place of what stands, so that focus and scroll stay.
import { patch } from "./patch.js";
import { tellAll } from "./time.js";

let asked = 0;
export const here = () => location.pathname + location.search;
/**
 * Shows the page at this address, unless another one was asked for since; whether it could be had. With `keep` the address of the tab becomes it.
 * With `live` nobody asked for it: what was said of the last form still stands, and only a page that could be had is shown.
 */
export async function show(address, { keep = false, live = false } = {}) {
  const turn = ++asked;
  if (keep) history.replaceState(null, "", address);
  const answer = await fetch(address).catch(() => null), text = await answer?.text().catch(() => null);
  if (typeof text !== "string" || (live && !answer.ok)) return false;
  const fresh = new DOMParser().parseFromString(text, "text/html"), main = fresh.querySelector("main"), said = document.querySelector("#notice");
  if (turn !== asked) return true;
  if (!main) { location.href = address; return true; }
  if (live && said && !fresh.querySelector("#notice")) main.prepend(said.cloneNode(true));
  for (const [at, part] of [["main", main], [".side", fresh.querySelector(".side")]]) if (part) patch(document.querySelector(at), part);
  document.title = fresh.title; tellAll();
  document.dispatchEvent(new CustomEvent("live"));
  return true;
}
