// The door of the dashboard's forms: what they say is sent, and the page that comes of it is put in place of this one.
import { useDoor } from "./actions.js";
import { here, show } from "./pages.js";

useDoor(async (form, submitter) => {
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form, submitter)), headers: { Accept: "application/json" } });
  const { said, to } = await answer.json();
  if (!answer.ok) { await show(here()); throw new Error(said); }
  if (to !== location.pathname) { location.href = to; return ""; }
  await show(here());
  return said;
});
