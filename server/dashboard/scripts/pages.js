// Fetches a page of this dashboard and puts its content in the place of what stands, so that focus and scroll stay.
import { patch } from "./patch.js";
import { tellAll } from "./time.js";

export const here = () => location.pathname + location.search;
/** Shows the page at this address; with `keep` the address of the tab becomes it. */
export async function show(address, { keep = false } = {}) {
  const answer = await fetch(address);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html"), main = fresh.querySelector("main");
  if (!main) { location.href = address; return; }
  patch(document.querySelector("main"), main); document.title = fresh.title; tellAll();
  document.dispatchEvent(new CustomEvent("live"));
  if (keep) history.replaceState(null, "", address);
}
