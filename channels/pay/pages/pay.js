// Keeps the page true while it is open: time left, and the order's state as the hall tells it. No reload, no focus lost.

const main = () => document.querySelector("main");

function tick() {
  const left = document.getElementById("left");
  if (!left) return;
  const seconds = Math.ceil((Date.parse(left.dateTime) - Date.now()) / 1000);
  if (seconds <= 0) return show();
  left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} 内`;
  left.dataset.soon = seconds < 120 ? "1" : "";
}

/** The page as it is now: its middle takes the place of this one's. */
async function show() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html"), next = page.querySelector("main");
  if (!next || next.dataset.told === main().dataset.told) return;
  document.title = page.title;
  main().replaceWith(document.adoptNode(next));
  ready();
}

function ready() {
  const print = document.getElementById("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
  tick();
}

function listen() {
  const events = new EventSource(`${location.pathname}/events${location.search}`);
  events.onmessage = async ({ data }) => {
    if (data !== main().dataset.stands) await show();
    if (main().dataset.final) events.close();
  };
}

setInterval(tick, 1000);
document.addEventListener("visibilitychange", () => document.hidden || main().dataset.final || show());
ready();
if (!main().dataset.final) listen();
