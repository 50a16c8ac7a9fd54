// <ol-again seconds="20">: what stands on this page changes by itself then, so that the page is asked for again.
import { here, show } from "./pages.js";

customElements.define("ol-again", class extends HTMLElement {
  connectedCallback() { this.wait(); }
  disconnectedCallback() { clearTimeout(this.timer); }
  wait() { clearTimeout(this.timer); this.timer = setTimeout(() => this.ask(), 1000 * this.getAttribute("seconds")); }
  async ask() {
    if (!document.hidden) await show(here(), { live: true });
    if (this.isConnected) this.wait();
  }
});
