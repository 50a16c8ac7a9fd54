// Forms with data-filter apply themselves; the address says what is shown, so it can be kept and sent to somebody.
import { show } from "./pages.js";

let timer;
const addressOf = (form) => { const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value)); return `${form.getAttribute("action")}${asked.size ? `?${asked}` : ""}`; };
addEventListener("input", (event) => {
  const form = event.target.closest("form[data-filter]"); if (!form) return;
  clearTimeout(timer); timer = setTimeout(() => show(addressOf(form), { keep: true }), event.target.type === "search" ? 200 : 0);
});
addEventListener("submit", (event) => { const form = event.target; if (!form.matches("form[data-filter]")) return; event.preventDefault(); show(addressOf(form), { keep: true }); });
for (const box of document.querySelectorAll("[data-scroll-now]")) box.scrollLeft = box.querySelector(".now").x1.baseVal.value - box.clientWidth * .62;
for (const bar of document.querySelectorAll(".tabs")) { const place = bar.querySelector("[aria-current]"); if (place) bar.scrollLeft = place.offsetLeft - 40; }
