// <ol-looks>: the theme, and whether single keys do something; this browser keeps both.
import { single } from "./keys.js";
import { choose } from "./theme.js";

customElements.define("ol-looks", class extends HTMLElement {
  connectedCallback() {
    const theme = this.querySelector("select"), keys = this.querySelector("input");
    theme.value = document.documentElement.dataset.theme ?? "system"; keys.checked = single();
    theme.addEventListener("change", () => { choose(theme.value); document.querySelector("ol-theme")?.show(theme.value); });
    keys.addEventListener("change", () => { try { localStorage.setItem("keys", keys.checked ? "on" : "off"); } catch { /* the browser keeps nothing */ } });
  }
});
