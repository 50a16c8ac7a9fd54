// <ol-rows>: selection in a table. Space or x on a row; a bar says how many and what can be done with them.
customElements.define("ol-rows", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", () => this.count());
    this.addEventListener("click", (event) => { if (event.target.closest("[data-clear]")) this.clear(); });
    document.addEventListener("live", () => this.count());
    this.count();
  }
  clear() { for (const box of this.querySelectorAll(".check")) box.checked = false; this.count(); }
  count() {
    let picked = 0;
    for (const box of this.querySelectorAll("tbody .check")) { box.closest("tr").setAttribute("aria-selected", String(box.checked)); picked += box.checked; }
    const bar = this.querySelector(".bulk"); if (!bar) return;
    bar.toggleAttribute("data-picked", picked > 0);
    bar.querySelector("[data-count]").textContent = `${picked} selected`;
  }
});
