// <ol-palette>: search or jump. What fits comes from the server, as rows of the list.
customElements.define("ol-palette", class extends HTMLElement {
  connectedCallback() {
    [this.dialog, this.input, this.list] = ["dialog", "input", "ul"].map((name) => this.querySelector(name));
    this.input.addEventListener("input", () => { clearTimeout(this.timer); this.timer = setTimeout(() => this.fill(), 120); });
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
    addEventListener("click", (event) => { if (event.target.closest('[data-open="palette"]')) this.open(event); });
  }
  open(event) { event?.preventDefault(); this.input.value = ""; this.fill(); this.dialog.showModal(); this.input.focus(); }
  pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); this.point(this.at + step); }
    if (event.key === "Enter") { event.preventDefault(); this.options()[this.at]?.click(); }
  }
  async fill() {
    const asked = this.input.value.trim(), answer = await fetch(`/dashboard/jump?${new URLSearchParams({ q: asked, list: "only" })}`).catch(() => null);
    if (!answer?.ok || asked !== this.input.value.trim()) return;
    const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-jump]");
    this.list.replaceChildren(...(found?.children ?? []));
    this.options().forEach((option, index) => { option.id = `palette-${index}`; });
    this.point(0);
  }
  options() { return [...this.list.querySelectorAll("a")]; }
  point(to) {
    const options = this.options(); this.at = Math.min(options.length - 1, Math.max(0, to));
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === this.at)));
    this.input.setAttribute("aria-activedescendant", options[this.at]?.id ?? ""); options[this.at]?.scrollIntoView({ block: "nearest" });
  }
});
