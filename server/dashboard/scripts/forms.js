// The door of the dashboard's forms: what they say is sent, and the page that comes of it is put in place of this one.
// A form's own names are asked as attributes: a field called "action" or "id" hides the property.
import { complain, useDoor } from "./actions.js";
import { here, show } from "./pages.js";

const LOST = "The server did not answer; it may be stopped. What you typed is still here: try again once it is there.";
const send = (form, submitter) => fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form, submitter)), headers: { Accept: "application/json" } }).catch(() => { throw new Error(LOST); });
/** Whether this page got another token: whoever followed a new link in another tab has a new session, and this page is of the old one. */
async function renewed(form) {
  const text = await fetch(here()).then((answer) => answer.text()).catch(() => ""), fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[name=csrf]")?.value;
  if (!fresh || fresh === form.elements.csrf?.value) return false;
  for (const field of document.querySelectorAll("[name=csrf]")) field.value = fresh;
  return true;
}
useDoor(async (form, submitter) => {
  let answer = await send(form, submitter);
  if (answer.status === 403 && await renewed(form)) answer = await send(form, submitter);
  const { said, to } = await answer.json().catch(() => ({}));
  if (!answer.ok) { if (answer.status !== 403) await show(here()); throw new Error(said); }
  if (to !== location.pathname) { location.href = to; return ""; }
  await show(here());
  return said;
});

// A letter is read before it is approved: a second press that was meant for the one before comes too early for this one.
const READ_MS = 600;
addEventListener("submit", (event) => {
  if (event.target.elements.act?.value !== "approve") return;
  const unsaved = [...document.querySelectorAll("textarea")].some((text) => ["edit", "change"].includes(text.form?.elements.act?.value) && text.value !== text.defaultValue);
  if (performance.now() >= READ_MS && !unsaved) return;
  event.preventDefault(); event.stopImmediatePropagation();
  // What is approved is what was shown, so that a text that is being changed would be lost.
  if (unsaved) { event.target.querySelector("[data-theirs]")?.remove(); complain(event.target, "Your changes are not saved yet. Save them first, then approve what it says."); }
}, true);

// Forms that leave the page are sent once, however often their button is pressed; whoever comes back may send them again.
const gone = new Set();
addEventListener("pageshow", () => gone.clear());
addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (gone.has(event.target)) event.preventDefault();
  else setTimeout(() => { if (!event.defaultPrevented) gone.add(event.target); });
});
