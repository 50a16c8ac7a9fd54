// <ol-live src>: listens for "run" events and asks once, at most four times a second, for the fragments that are on this page and changed.
// Elements say what they show: data-live="run_…". A hidden tab asks when it is shown again. Where the stream breaks off, the mark says from
// when the page is; once it is back, all that is shown is asked for again, for nobody told what changed meanwhile.
import { morph } from "./patch.js";
import { here } from "./pages.js";

const onPage = (id) => document.querySelector(`[data-live="${CSS.escape(id)}"], [data-live-list], [data-live-run="${CSS.escape(id)}"]`);
const lastChunk = () => [...document.querySelectorAll(".chunk[data-first]")].at(-1)?.dataset.first;
customElements.define("ol-live", class extends HTMLElement {
  connectedCallback() {
    this.changed = new Set();
    this.stream = new EventSource(this.getAttribute("src"));
    this.stream.addEventListener("run", (event) => { this.changed.add(JSON.parse(event.data).id); this.later(); });
    this.stream.onopen = () => this.show("on"); this.stream.onerror = () => this.show("off");
    addEventListener("visibilitychange", () => this.later());
    addEventListener("pagehide", () => this.stream.close());
  }
  disconnectedCallback() { this.stream?.close(); }
  later() { if (!document.hidden && this.changed.size) this.timer ??= setTimeout(() => this.ask(), 250); }
  async ask() {
    this.timer = undefined;
    const ids = [...this.changed].filter(onPage).slice(0, 50);
    this.changed.clear();
    if (!ids.length) return;
    const tail = lastChunk();
    const asked = new URLSearchParams([...ids.map((id) => ["run", id]), ["page", here()], ...(tail ? [["tail", tail]] : [])]);
    const answer = await fetch(`/dashboard/fragments?${asked}`).catch(() => null);
    if (!answer?.ok) return;
    morph(await answer.text());
    document.dispatchEvent(new CustomEvent("live"));
    // Steps that went beyond the last chunk come into the one that was put behind it.
    if (lastChunk() !== tail) { for (const id of ids) this.changed.add(id); this.later(); }
  }
  show(state) {
    const mark = this.querySelector(".live"), words = mark.firstElementChild, was = mark.dataset.state;
    mark.dataset.state = state;
    if (state === "on") {
      words.textContent = "Live"; mark.removeAttribute("title");
      if (this.lost) { this.lost = false; for (const { dataset } of document.querySelectorAll("[data-live^=run_], [data-live-run]")) this.changed.add(dataset.liveRun ?? dataset.live); this.later(); }
    } else if (was === "on" || !this.lost) {
      this.lost = true; words.textContent = `Interrupted, from ${new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false }).format()}`;
      mark.title = "The live view is interrupted and tried again by itself. What you see is from then.";
    }
  }
});
