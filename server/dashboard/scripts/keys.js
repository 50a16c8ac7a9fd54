// <ol-keys>: the keyboard. Single keys can be turned off (WCAG 2.1.4); none fires while somebody types.
// A key is an attribute on what it presses: data-key on a button, data-go on a link for "g" and that letter.
export const single = () => { try { return localStorage.getItem("keys") !== "off"; } catch { return true; } };
const typing = (node) => node.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
const shown = (node) => node.checkVisibility();
customElements.define("ol-keys", class extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.querySelector("[data-close]").addEventListener("click", () => this.dialog.close());
    addEventListener("keydown", (event) => this.pressed(event));
  }
  pressed(event) {
    const { key, target } = event;
    if ((event.metaKey || event.ctrlKey) && key.toLowerCase() === "k") { event.preventDefault(); document.querySelector("ol-palette")?.open(); return; }
    if (key === "Escape") { if (typing(target)) target.blur(); return; }
    // A key that is held walks on through a list, and presses nothing: the next letter would be approved before it is read.
    if (event.repeat && key !== "j" && key !== "k") return;
    if (event.metaKey || event.ctrlKey || event.altKey || typing(target) || !single() || document.querySelector("dialog[open]")) return;
    if (this.going) { this.going = false; document.querySelector(`[data-go="${CSS.escape(key)}"]`)?.click(); return; }
    if (key === "g") { this.going = true; setTimeout(() => { this.going = false; }, 1200); return; }
    if (key === "?") { this.dialog.showModal(); return; }
    if (key === "j" || key === "k") { this.move(key === "j" ? 1 : -1, event); return; }
    const button = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(shown);
    if (button) { event.preventDefault(); button.matches("input, textarea") ? button.focus() : button.click(); return; }
    if (key === "x") target.closest("[data-row]")?.querySelector(".check")?.click();
  }
  move(by, event) {
    const rows = [...document.querySelectorAll("[data-row]")].filter(shown);
    if (!rows.length) return;
    event.preventDefault();
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const row = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    (row.matches("summary, button, a") ? row : row.querySelector("a, summary, button"))?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
});
