// Forms with data-filter apply themselves; the address says what is shown, so it can be kept and sent to somebody.
import { show } from "./pages.js";
import { say } from "./toasts.js";

let timer;
const addressOf = (form) => { const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value)); return `${form.getAttribute("action")}${asked.size ? `?${asked}` : ""}`; };
const apply = async (form) => { if (!(await show(addressOf(form), { keep: true }))) say("The server did not answer. Try again once it is there."); };
addEventListener("input", (event) => {
  const form = event.target.closest("form[data-filter]"); if (!form) return;
  clearTimeout(timer); timer = setTimeout(() => apply(form), event.target.type === "search" ? 200 : 0);
});
addEventListener("submit", (event) => { const form = event.target; if (!form.matches("form[data-filter]")) return; event.preventDefault(); clearTimeout(timer); apply(form); });
for (const box of document.querySelectorAll("[data-scroll-now]")) box.scrollLeft = box.querySelector(".now").x1.baseVal.value - box.clientWidth * .62;
for (const bar of document.querySelectorAll(".tabs")) { const place = bar.querySelector("[aria-current]"); if (place) bar.scrollLeft = place.offsetLeft - 40; }
