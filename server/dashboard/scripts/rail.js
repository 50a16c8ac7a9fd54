// <ol-rail>: the steps of a template; choosing one shows its form beside it. What is typed is checked while it is typed, and steps come, go
// and move without leaving the page: each time the server shows the form again, and nothing of it is saved.
import { patch } from "./patch.js";
import { tellAll } from "./time.js";

const PAUSE_MS = 400, form = () => document.getElementById("write"), mine = (node) => node.form?.id === "write";
customElements.define("ol-rail", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => { const face = event.target.closest("a[data-step]"); if (face) { event.preventDefault(); this.pick(face.dataset.step, true); } });
    this.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.name === "who") { event.preventDefault(); event.target.closest("section").querySelector("button").click(); } });
    this.addEventListener("input", ({ target }) => { if (!mine(target)) return; this.typed ||= target.name !== "who" && target.name !== "contact"; if (target.name === "who") return; clearTimeout(this.timer); this.timer = setTimeout(() => this.show(), PAUSE_MS); });
    addEventListener("submit", this.sent = (event) => this.submit(event));
    addEventListener("beforeunload", this.gone = (event) => { if (this.typed) event.preventDefault(); });
    const named = location.hash.replace("#step-", ""), at = location.hash && this.form(named) ? named : this.querySelector("[data-chosen]")?.dataset.stepForm;
    if (at !== undefined) this.pick(at);
  }
  disconnectedCallback() { clearTimeout(this.timer); removeEventListener("submit", this.sent); removeEventListener("beforeunload", this.gone); }
  form(key) { return this.querySelector(`[data-step-form="${CSS.escape(key)}"]`); }
  pick(key, look) {
    for (const face of this.querySelectorAll(".face")) face.toggleAttribute("aria-current", face.dataset.step === key);
    this.querySelector(".face[aria-current]")?.setAttribute("aria-current", "true");
    for (const each of this.querySelectorAll("[data-step-form]")) each.toggleAttribute("data-chosen", each.dataset.stepForm === key);
    if (form()) form().elements.chosen.value = key;
    // Which step was chosen stands in the address, so that loading the page again shows it.
    if (look && this.form(key)) history.replaceState(history.state, "", `#step-${key}`);
    if (look && matchMedia("(max-width: 1100px)").matches) this.form(key).scrollIntoView({ block: "start" });
  }
  submit(event) {
    const act = event.submitter?.value;
    if (event.target.id !== "write") return;
    if (act === "save" || act === "activate") { this.typed = false; return; }
    event.preventDefault(); this.typed ||= act !== "show"; this.show(event.submitter);
  }
  async show(submitter) {
    clearTimeout(this.timer);
    if (!form()?.elements.csrf) return;
    const said = new URLSearchParams(new FormData(form(), submitter)); if (!submitter) said.set("do", "show");
    const answer = await fetch(form().getAttribute("action"), { method: "POST", body: said }).catch(() => null); if (!answer) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main"); if (!fresh?.querySelector("ol-rail")) return;
    const moved = submitter && submitter.value !== "show", at = (moved ? fresh : this).querySelector("[data-chosen]")?.dataset.stepForm ?? "";
    patch(document.querySelector("main"), fresh); tellAll();
    this.pick(at, moved); if (moved) this.querySelector(".face[aria-current]")?.focus();
  }
});
