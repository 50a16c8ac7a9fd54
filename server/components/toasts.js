// <ol-toasts>: what has just happened, once, politely; with an undo while it can be undone.
customElements.define("ol-toasts", class extends HTMLElement {
  connectedCallback() { this.className = "toasts"; this.setAttribute("role", "status"); }
  say(text, { undo, seconds = 6 } = {}) {
    const toast = document.createElement("div"); toast.className = "toast";
    const words = toast.appendChild(document.createElement("span"));
    const end = () => { clearInterval(timer); toast.remove(); };
    const tick = () => { words.textContent = undo ? `${text} · ${seconds} s` : text; if (seconds-- <= 0) end(); };
    if (undo) {
      const button = toast.appendChild(document.createElement("button"));
      button.className = "btn sm"; button.dataset.key = "u"; button.append("Undo");
      button.addEventListener("click", () => { end(); undo(); });
    }
    const timer = setInterval(tick, 1000); tick();
    this.append(toast);
  }
});
export const say = (text, options) => document.querySelector("ol-toasts")?.say(text, options);
