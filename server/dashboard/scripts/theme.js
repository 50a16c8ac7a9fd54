// <ol-theme>: as the system, light, dark.
const NEXT = { system: "light", light: "dark", dark: "system" };
const LOOKS = { system: ["monitor", "Theme: as the system"], light: ["sun", "Theme: light"], dark: ["moon", "Theme: dark"] };
export function choose(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme;
  try { theme === "system" ? localStorage.removeItem("theme") : localStorage.setItem("theme", theme); } catch { /* the browser keeps nothing */ }
}
customElements.define("ol-theme", class extends HTMLElement {
  connectedCallback() {
    this.show(document.documentElement.dataset.theme ?? "system");
    this.addEventListener("click", () => { const next = NEXT[this.now]; choose(next); this.show(next); });
  }
  show(now) {
    this.now = now;
    const [icon, label] = LOOKS[now], button = this.querySelector("button"), use = button.querySelector("use");
    button.setAttribute("aria-label", label); button.title = label;
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${icon}`));
  }
});
