// <ol-toasts>: what has just happened, once, politely.
const SHOWN_MS = 6000;
customElements.define("ol-toasts", class extends HTMLElement {
  connectedCallback() { this.className = "toasts"; this.setAttribute("role", "status"); }
  say(text) {
    const toast = document.createElement("div"); toast.className = "toast";
    toast.textContent = text;
    setTimeout(() => toast.remove(), SHOWN_MS);
    this.append(toast);
  }
});
export const say = (text) => document.querySelector("ol-toasts")?.say(text);
