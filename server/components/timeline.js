// <ol-timeline>: fills its chunks of 100 steps when they come near (data-src). What was filled stays, so that
// find-in-page, copy and print work; content-visibility on the chunk keeps 10,000 steps at 50 frames a second and more.
// A step's input and output are fetched when it is opened (data-fill).
import { tellAll } from "./time.js";

const read = async (address) => new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
customElements.define("ol-timeline", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("toggle", (event) => { if (event.target.open) this.open(event.target); }, true);
    this.near = new IntersectionObserver((entries) => { for (const { isIntersecting, target } of entries) if (isIntersecting) { this.near.unobserve(target); this.fill(target); } }, { rootMargin: "1500px" });
    for (const chunk of this.querySelectorAll(".chunk:empty[data-src]")) this.near.observe(chunk);
    this.grow = () => this.extend(); document.addEventListener("live", this.grow);
    this.hash = () => this.reach(location.hash); addEventListener("hashchange", this.hash); this.hash();
  }
  disconnectedCallback() { this.near.disconnect(); document.removeEventListener("live", this.grow); removeEventListener("hashchange", this.hash); }
  /** While a run goes on there is one empty chunk behind the last step, which its next steps come into. */
  extend() {
    const tail = this.querySelector(".chunk.tail");
    if (tail?.children.length) {
      const next = tail.cloneNode(false), first = Number(tail.dataset.first) + 100;
      tail.classList.remove("tail"); next.dataset.first = first; next.dataset.live = `chunk-${first}`; tail.after(next);
    }
  }
  /** Opens the step that the address names; its chunk may have to be filled first. */
  async reach(hash) {
    const index = /^#step-(\d+)$/.exec(hash)?.[1]; if (!index) return;
    const chunk = [...this.querySelectorAll(".chunk[data-first]")].findLast((each) => Number(each.dataset.first) <= Number(index));
    if (chunk && !chunk.children.length) { this.near.unobserve(chunk); await this.fill(chunk); }
    const step = document.getElementById(`step-${index}`); if (step) { step.open = true; step.scrollIntoView({ block: "center" }); }
  }
  async fill(chunk) {
    chunk.setAttribute("aria-busy", "true");
    const found = (await read(chunk.dataset.src)).querySelector(".chunk");
    chunk.replaceChildren(...(found?.childNodes ?? [])); chunk.removeAttribute("aria-busy");
    tellAll(chunk);
  }
  async open(step) {
    const body = step.querySelector("[data-fill]"); if (!body || body.dataset.filled) return;
    body.dataset.filled = "yes";
    const found = (await read(body.dataset.fill)).querySelector("[data-part]");
    if (found) { body.replaceChildren(...found.childNodes); tellAll(body); } else delete body.dataset.filled;
  }
});
