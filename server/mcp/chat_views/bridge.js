// A chat view's side of MCP Apps: JSON-RPC over postMessage to the host. Asks, listens, follows the theme, grows with its content.
let number = 0;
const waiting = new Map(), heard = new Map(), root = document.documentElement;
const post = (message) => parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
export const ask = (method, params) => new Promise((resolve, reject) => { const id = ++number; waiting.set(id, { resolve, reject }); post({ id, method, params }); });
export const on = (method, act) => heard.set(method, act);
const tell = (method, params = {}) => post({ method, params });
export const textOf = (result) => (result?.content ?? []).map((part) => part.text ?? "").join("\n");
/** Calls a tool of the server through the host; a failure's text is for the person. */
export async function call(name, given) {
  const result = await ask("tools/call", { name, arguments: given });
  if (result?.isError) throw new Error(textOf(result));
  return result;
}
function follow({ theme, styles } = {}) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  for (const [name, value] of Object.entries(styles?.variables ?? {})) if (name.startsWith("--") && value) root.style.setProperty(name, value);
}
function settle({ id, error, result }) {
  const { resolve, reject } = waiting.get(id) ?? {}; waiting.delete(id);
  if (error) reject?.(new Error(error.message)); else resolve?.(result);
}
addEventListener("message", ({ source, data }) => {
  if (source !== parent || data?.jsonrpc !== "2.0") return;
  if (!data.method) { settle(data); return; }
  // What a host asks of a view, to be there or to go, is answered with nothing.
  if (data.id !== undefined) post({ id: data.id, result: {} });
  if (data.method === "ui/notifications/host-context-changed") follow(data.params);
  heard.get(data.method)?.(data.params);
});
const measure = () => tell("ui/notifications/size-changed", { width: innerWidth, height: Math.ceil(document.body.getBoundingClientRect().height) });
export async function connect(name) {
  const host = await ask("ui/initialize", { appInfo: { name, version: "1" }, appCapabilities: {}, protocolVersion: "2026-01-26" });
  follow(host.hostContext); tell("ui/notifications/initialized");
  new ResizeObserver(measure).observe(document.body);
}
