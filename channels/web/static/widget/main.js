// One script tag embeds the chat:  <script src="…/widget.js" defer></script>
// With data-target="#id" it fills that element; without, a button opens it at the page's corner.

const script = document.currentScript;

function start() {
  const address = new URL("ws", script.src);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const link = new Link(address.href);
  const target = script.dataset.target && document.querySelector(script.dataset.target);
  const panel = new Panel(link, { floating: !target });
  (target || document.body).append(panel.host);
  link.connect();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
