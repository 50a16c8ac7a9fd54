// Forms with data-act are sent without leaving the page; without JavaScript they are plain forms and do the same.
// One door, two ways through it: over HTTP in the dashboard, through the host (tools/call) in a chat view.
import { say } from "./toasts.js";

let door = async () => "";
export const useDoor = (given) => { door = given; };

const going = new Set();
/** Carries out what a form asks for, once at a time, through the door that is open, and says what came of it: what did not go, in the form. */
export async function act(form, submitter) {
  if (going.has(form)) return;
  going.add(form); submitter?.setAttribute("aria-busy", "true"); clear(form);
  try { const said = await door(form, submitter); if (said) say(said); }
  catch (error) { complain(form, error.message || "That did not work; what you typed is still here."); }
  finally { going.delete(form); submitter?.removeAttribute("aria-busy"); }
}
/** Says in a form what is wrong in it, beside the field that the sentence begins with, else at its end. It stays until the form is sent again. */
export function complain(form, text) {
  if (!form.isConnected || !form.checkVisibility()) { say(text); return; }
  const note = document.createElement("p"), name = /^['"]?(\w+)/.exec(text)?.[1].toLowerCase(), field = [...form.elements].find((each) => each.name === name && each.type !== "hidden");
  note.className = "notice bad"; note.dataset.theirs = ""; note.setAttribute("role", "alert"); note.append(Object.assign(document.createElement("span"), { textContent: text }));
  (field?.closest("label") ?? form.lastElementChild).after(note);
  field?.setAttribute("aria-invalid", "true"); field?.focus(); note.scrollIntoView({ block: "nearest" });
}
function clear(form) {
  form.querySelectorAll("[data-theirs]").forEach((note) => note.remove());
  form.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
}
addEventListener("submit", (event) => { if (event.target.dataset.act !== undefined) { event.preventDefault(); act(event.target, event.submitter); } });
addEventListener("click", async (event) => {
  const copied = event.target.closest("[data-copy]")?.dataset.copy;
  if (copied) { await navigator.clipboard?.writeText(copied).catch(() => {}); say("Copied."); }
});
