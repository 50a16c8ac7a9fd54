// <ol-live src>: listens for what changes, and asks for what this page shows of it: parts say what they show (data-live="run_…"), a list that
// takes new rows says data-live-list, and a page that is asked for as a whole has data-live-page in it. It is asked at most four times a second,
// every two seconds where only something else was committed, and so that asking takes a ninth of the time at most. A hidden tab listens to nothing, for a browser keeps six connections to a server in all;
// what takes long to count (data-counted) is asked for so rarely that counting takes a twentieth of the time;
// shown again, or once the stream is back, it asks for all that it shows, for nobody told what changed meanwhile.
import { morph } from "./patch.js";
import { here, show } from "./pages.js";

const LEAST_MS = 250, ELSE_MS = 2000, SHARE = 8, COUNT_SHARE = 20, AGAIN_MS = 4000;
const onPage = (id) => document.querySelector(`[data-live="${CSS.escape(id)}"], [data-live-list], [data-live-run="${CSS.escape(id)}"]`);
const lastChunk = () => [...document.querySelectorAll(".chunk[data-first]")].at(-1)?.dataset.first;
customElements.define("ol-live", class extends HTMLElement {
  connectedCallback() {
    [this.changed, this.pause, this.asked, this.counted, this.countPause] = [new Set(), LEAST_MS, -ELSE_MS, -ELSE_MS, ELSE_MS];
    addEventListener("visibilitychange", () => document.hidden ? this.rest() : this.listen());
    addEventListener("pagehide", () => this.rest()); addEventListener("pageshow", () => this.listen());
    this.listen();
  }
  disconnectedCallback() { this.rest(); }
  listen() {
    if (document.hidden || this.stream) return;
    clearTimeout(this.again);
    this.stream = new EventSource(this.getAttribute("src"));
    this.stream.addEventListener("run", (event) => { const { id } = JSON.parse(event.data); this.changed.add(id); if (onPage(id)) this.later(); else this.laterElse(); });
    this.stream.addEventListener("change", () => this.laterElse());
    this.stream.onopen = () => this.show("on");
    // A stream that was refused does not try again by itself.
    this.stream.onerror = () => { this.show("off"); if (this.stream?.readyState === EventSource.CLOSED) { this.rest(); this.again = setTimeout(() => this.listen(), AGAIN_MS); } };
  }
  rest() { clearTimeout(this.again); this.stream?.close(); this.stream = undefined; this.missed = true; }
  laterElse() { this.later(ELSE_MS); }
  later(since = 0) {
    this.due = Math.min(this.due ?? since, since);
    const now = performance.now(), at = Math.max(now + this.pause, this.asked + this.due);
    if (document.hidden || this.isAsking || at >= this.at) return;
    clearTimeout(this.timer); this.at = at; this.timer = setTimeout(() => this.ask(), at - now);
  }
  async ask() {
    const began = this.asked = performance.now();
    [this.isAsking, this.due, this.at] = [true, undefined, undefined];
    await (document.querySelector("[data-live-page]") ? show(here(), { live: true }) : this.askParts()).catch(() => {});
    this.pause = Math.max(LEAST_MS, SHARE * (performance.now() - began)); this.isAsking = false;
    if (this.due !== undefined) this.later(this.due);
  }
  async askParts() {
    const ids = [...this.changed].filter(onPage).slice(0, 50), tail = lastChunk(), was = document.querySelector("[data-was]")?.dataset.was;
    this.changed.clear();
    if (!ids.length && !document.querySelector("[data-live-list]")) return;
    const began = performance.now(), isDear = document.querySelector("[data-counted]"), counts = isDear && began - this.counted >= this.countPause;
    const asked = new URLSearchParams([...ids.map((id) => ["run", id]), ["page", here()], ...(tail ? [["tail", tail]] : []), ...(was ? [["was", was]] : []), ...(counts ? [["counted", "1"]] : [])]);
    const answer = await fetch(`/dashboard/fragments?${asked}`);
    if (!answer.ok) return;
    // What the page shows may have been shown anew meanwhile: then it is asked once more.
    if (was !== document.querySelector("[data-was]")?.dataset.was) { this.later(); return; }
    morph(await answer.text());
    document.dispatchEvent(new CustomEvent("live"));
    if (counts) [this.counted, this.countPause] = [began, Math.max(ELSE_MS, COUNT_SHARE * (performance.now() - began))];
    else if (isDear) { for (const id of ids) this.changed.add(id); this.later(this.countPause); }
    // Steps that went beyond the last chunk come into the one that was put behind it.
    if (lastChunk() !== tail) { for (const id of ids) this.changed.add(id); this.later(); }
  }
  show(state) {
    const mark = this.querySelector(".live"), words = mark.firstElementChild, was = mark.dataset.state;
    mark.dataset.state = state;
    if (state === "on") {
      words.textContent = "Live"; mark.removeAttribute("title");
      if (this.lost || this.missed) { this.lost = this.missed = false; for (const { dataset } of document.querySelectorAll("[data-live^=run_], [data-live-run]")) this.changed.add(dataset.liveRun ?? dataset.live); this.later(); }
    } else if (was === "on" || !this.lost) {
      this.lost = true; words.textContent = `Interrupted, from ${new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false }).format()}`;
      mark.title = "The live view is interrupted and tried again by itself. What you see is from then.";
    }
  }
});
