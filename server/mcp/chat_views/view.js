// A chat view: shows what the host's tool results bring, sends its buttons back as tool calls. The server renders; this only places.
// Nothing here can approve: what is the person's to decide is a link to the dashboard, which the host opens.
import { act, useDoor } from "./actions.js";
import { patch } from "./patch.js";
import { tellAll } from "./time.js";
import { say } from "./toasts.js";
import { ask, call, connect, on, textOf } from "./bridge.js";

const view = document.querySelector("#view");
const answered = (form, submitter) => call(form.dataset.tool, Object.fromEntries(new FormData(form, submitter)));
/** A host may keep back what is for the view alone; the words that the model reads stand there then. */
function show(result) {
  const html = result?._meta?.["onelane/view"]?.html, fresh = view.cloneNode(false);
  if (html) fresh.append(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  else fresh.appendChild(document.createElement("p")).append(textOf(result));
  fresh.classList.toggle("told", !html);
  patch(view, fresh); view.removeAttribute("aria-busy"); tellAll(view);
}
useDoor(async (form, submitter) => {
  try {
    const result = await answered(form, submitter), again = view.querySelector("[data-again]");
    // What a change answers says little; what is shown is asked for once more.
    show(form.dataset.changes === undefined || !again ? result : await answered(again));
  } catch (error) { refused(error.message); }
  return "";
});
/** Why nothing was done stays until something is; where the person has to answer first, it leads there. */
function refused(why) {
  const notice = document.createElement("div"), page = /https?:[^\s;)]+\/dashboard\/[\w/]+/.exec(why)?.[0];
  notice.className = "notice warn"; notice.dataset.live = "refused"; notice.setAttribute("role", "alert");
  notice.appendChild(document.createElement("span")).append(why);
  if (page) { const link = notice.appendChild(document.createElement("a")); link.className = "btn sm"; link.href = page; link.append("Answer in the dashboard"); }
  view.querySelector('[data-live="refused"]')?.remove(); view.querySelector("[data-home]")?.after(notice);
}
// A host's frame may not let forms submit (no allow-forms in its sandbox), and never lets links lead anywhere: both go through the host.
addEventListener("click", (event) => {
  const button = event.target.closest("form[data-act] button"), link = event.target.closest("a[href]");
  if (button) { event.preventDefault(); act(button.form, button); }
  if (link) { event.preventDefault(); open(link.getAttribute("href")); }
});
function open(href) {
  const home = view.querySelector("[data-home]")?.dataset.home;
  if (home) ask("ui/open-link", { url: href.startsWith("/") ? home + href : href }).catch(() => say(`This client opens no links. The dashboard is at ${home}`));
}
on("ui/notifications/tool-result", show);
on("ui/notifications/tool-cancelled", () => show({ content: [{ text: "The call was cancelled." }] }));
connect(`onelane-${document.documentElement.dataset.view}`);
