// The door of the dashboard's forms: what they say is sent, and the page that comes of it is put in place of this one.
// A form's own names are asked as attributes: a field called "action" or "id" hides the property.
import { useDoor } from "./actions.js";
import { here, show } from "./pages.js";

useDoor(async (form, submitter) => {
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form, submitter)), headers: { Accept: "application/json" } });
  const { said, to } = await answer.json();
  if (!answer.ok) { await show(here()); throw new Error(said); }
  if (to !== location.pathname) { location.href = to; return ""; }
  await show(here());
  return said;
});
