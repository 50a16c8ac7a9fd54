// Forms with data-act are sent without leaving the page; without JavaScript they are plain forms and do the same.
// One door, two ways through it: over HTTP in the dashboard, through the host (tools/call) in a chat view.
import { say } from "./toasts.js";

let door = async () => "";
export const useDoor = (given) => { door = given; };

/** Carries out what a form asks for, through the door that is open, and says what came of it. */
export async function act(form, submitter) {
  submitter?.setAttribute("aria-busy", "true");
  try { const said = await door(form, submitter); if (said) say(said); }
  catch (error) { say(error.message || "That did not work; what you typed is still here."); }
  finally { submitter?.removeAttribute("aria-busy"); }
}
addEventListener("submit", (event) => { if (event.target.dataset.act !== undefined) { event.preventDefault(); act(event.target, event.submitter); } });
addEventListener("click", async (event) => {
  const copied = event.target.closest("[data-copy]")?.dataset.copy;
  if (copied) { await navigator.clipboard?.writeText(copied).catch(() => {}); say("Copied."); }
});
