// A chat client as others build it, on the official bridge: it shows a view in a frame that may do nothing but run scripts.
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";

const STRICT = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'none'; base-uri 'none'";
window.openView = async (text, given, result, context, sandbox = "allow-scripts") => {
  const frame = document.createElement("iframe");
  frame.id = "view"; frame.title = "The view"; frame.setAttribute("sandbox", sandbox);
  document.body.replaceChildren(frame);
  window.seen = { opened: [], heights: [], called: [] };
  const bridge = new AppBridge(null, { name: "A chat", version: "1" }, { openLinks: {}, serverTools: {} }, { hostContext: context });
  bridge.oncalltool = async ({ name, arguments: asked }) => {
    seen.called.push([name, asked]);
    const answer = await fetch("/call", { method: "POST", body: JSON.stringify({ name, arguments: asked }) });
    return answer.json();
  };
  bridge.onopenlink = async ({ url }) => { seen.opened.push(url); return {}; };
  bridge.onsizechange = ({ height }) => { seen.heights.push(height); frame.style.blockSize = `${height}px`; };
  const initialized = new Promise((resolve) => { bridge.oninitialized = resolve; });
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  frame.srcdoc = text.replace("<head>", `<head><meta http-equiv="Content-Security-Policy" content="${STRICT}">`);
  await initialized;
  await bridge.sendToolInput({ arguments: given });
  await bridge.sendToolResult(result);
  window.changeContext = (changed) => bridge.setHostContext({ ...context, ...changed });
};
window.isReady = true;
