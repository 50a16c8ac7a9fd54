// Every <time>: in the viewer's zone; "4 min ago" stays true; the exact instant on hover. One timer for all.
// Relative words are the server's own ("2 h ago"), so that nothing moves when the page wakes up.
const units = [[86400, "d"], [3600, "h"], [60, "min"]];
const styles = { time: { hour: "2-digit", minute: "2-digit" }, sec: { timeStyle: "medium" }, day: { weekday: "short", day: "numeric", month: "short" }, short: { weekday: "short", hour: "2-digit", minute: "2-digit" }, full: { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } };
const clock = () => Date.now();
export function tell(time) {
  const at = new Date(time.dateTime), style = time.dataset.style;
  time.title = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" }).format(at);
  if (styles[style]) { time.textContent = new Intl.DateTimeFormat(undefined, { hour12: false, ...styles[style] }).format(at); return; }
  const seconds = Math.trunc((clock() - at) / 1000), size = Math.abs(seconds);
  const [length, unit] = units.find(([length]) => size >= length) ?? [1, ""];
  const count = `${Math.floor(size / length)} ${unit}`;
  time.textContent = unit ? (seconds > 0 ? `${count} ago` : `in ${count}`) : seconds >= 0 ? "just now" : "in a moment";
}
export const tellAll = (root = document) => root.querySelectorAll("time[data-style]").forEach(tell);
setInterval(tellAll, 30_000);
