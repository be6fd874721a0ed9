// The desk's API. Every failure is a Refused with the code of the answer.

export class Refused extends Error {
  constructor(status, code) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

async function ask(path, options) {
  const answer = await fetch("/desk" + path, { cache: "no-store", ...options }).catch(() => null);
  if (!answer) throw new Refused(0, "unavailable");
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, body.error?.code ?? "other");
  return body;
}

export const get = (path) => ask(path);

export const post = (path, body = {}) => ask(path, {
  method: "POST", headers: { "Content-Type": "application/json", "X-Desk": "1" }, body: JSON.stringify(body),
});

/** Send a file's content; `id`: the page's own of it, with which it is sent once. */
export const upload = (path, file, id) => ask(path, {
  method: "POST", headers: { "Content-Type": "application/octet-stream", "X-Desk": "1", "X-Cid": id, "X-Name": encodeURIComponent(file.name.slice(-60)) }, body: file,
});

/** Calls `changed` now and whenever the desk, or the hand-off, has something new; `lost(true|false)` on the way. */
export class Changes {
  constructor(changed, lost) {
    this.changed = changed;
    this.lost = lost;
    this.wait = 500;
    addEventListener("online", () => this.restart());
  }

  watch(handoff) {
    this.handoff = handoff;
    this.restart();
  }

  restart() {
    this.stop();
    const url = new URL("/desk/ws", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    if (this.handoff) url.searchParams.set("handoff", this.handoff);
    const socket = this.socket = new WebSocket(url);
    socket.onmessage = () => {
      this.wait = 500;
      this.lost(false);
      this.changed();
    };
    socket.onclose = () => {
      if (socket !== this.socket) return;
      this.lost(true);
      this.again = setTimeout(() => { this.restart(); this.changed(); }, this.wait);
      this.wait = Math.min(this.wait * 2, 15000);
    };
  }

  stop() {
    clearTimeout(this.again);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}
