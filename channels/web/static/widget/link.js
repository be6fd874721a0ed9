// The connection: keeps one conversation over reloads and lost networks.
// Whatever the customer sends stays in the outbox until the server's log shows it (by its cid), and is
// sent again, under the same cid, at every new connection: nothing is lost and nothing is doubled.

const FOREIGN_PAGE = 4403; // the hall's code for a page that may not embed the chat
const RETRY_FIRST = 500, RETRY_MOST = 15000, SILENCE = 25000, PONG_WITHIN = 8000, ACK_WITHIN = 8000;

/** localStorage, or memory where a browser refuses it. */
function openStorage() {
  try {
    localStorage.setItem("yingting.probe", "1");
    localStorage.removeItem("yingting.probe");
    return localStorage;
  } catch {
    const kept = new Map();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, value),
      removeItem: (key) => kept.delete(key),
      key: (index) => [...kept.keys()][index] ?? null,
      get length() { return kept.size; },
    };
  }
}

/** Unsent messages: one key each, so that two tabs do not overwrite each other's. Where the storage is full, in memory. */
class Outbox {
  constructor(storage) {
    this.storage = storage;
    this.prefix = "yingting.out.";
    this.unkept = new Map();
  }

  all() {
    const found = [...this.unkept.values()];
    for (let i = 0; i < this.storage.length; i++) {
      const key = this.storage.key(i);
      if (!key?.startsWith(this.prefix)) continue;
      try {
        found.push(JSON.parse(this.storage.getItem(key)));
      } catch {
        this.storage.removeItem(key);
      }
    }
    return found.filter((message) => message?.cid).sort((a, b) => a.at - b.at || a.n - b.n);
  }

  put(message) { if (!keep(this.storage, this.prefix + message.cid, JSON.stringify(message))) this.unkept.set(message.cid, message); }

  drop(cid) {
    this.unkept.delete(cid);
    this.storage.removeItem(this.prefix + cid);
  }
}

/** Whether the storage took it; a full one does not. */
function keep(storage, key, value) {
  try {
    storage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

function freshId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Events: reset, loading, line, sending, acked, refused, busy, typing, owner, order, state. */
class Link extends EventTarget {
  constructor(url) {
    super();
    this.url = url;
    this.storage = openStorage();
    this.outbox = new Outbox(this.storage);
    this.last = 0;
    this.count = 0;
    this.retry = RETRY_FIRST;
    this.acked = new Set();
    this.ready = false;
    this.token = this.storage.getItem("yingting.token");
    this.user = null; // for whom the page vouches: line, at, signature
    this.ended = new AbortController();
    const on = (target, type, work) => target.addEventListener(type, work, { signal: this.ended.signal });
    on(window, "online", () => this.now());
    on(window, "offline", () => this.lost());
    on(window, "pageshow", () => this.now());
    on(document, "visibilitychange", () => document.hidden || this.now());
  }

  tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }

  /** Queue a message; returns it. It is shown at once and sent as soon as there is a connection. */
  send(text, payload = null) {
    const message = { cid: freshId(), text, payload, at: Date.now(), n: this.count++ };
    this.outbox.put(message);
    this.tell("sending", message);
    this.push(message);
    return message;
  }

  /** Try again at once: the customer asked, or the network came back. */
  now() {
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return this.ready && this.probe();
    this.retry = RETRY_FIRST;
    this.connect();
  }

  connect() {
    clearTimeout(this.again);
    if (this.ended.signal.aborted || this.foreign || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    this.tell("state", "connecting");
    const socket = this.socket = new WebSocket(`${this.url}?widget`);
    this.watchdog = setTimeout(() => this.lost(), PONG_WITHIN);
    socket.onopen = () => this.write({
      type: "hello", v: 1, token: this.storage.getItem("yingting.token") ?? this.token, last: this.last, ...(this.user && { user: this.user }),
    });
    socket.onmessage = (event) => socket === this.socket && this.hear(event.data);
    socket.onclose = (event) => {
      if (socket !== this.socket) return;
      if (event.code === FOREIGN_PAGE) this.refusedHere();
      else this.lost();
    };
  }

  /** The connection is lost: drop it and reconnect, with a growing pause. */
  lost() {
    if (this.foreign || this.ended.signal.aborted) return;
    this.hangUp();
    this.tell("state", "offline");
    this.again = setTimeout(() => this.connect(), this.retry * (0.75 + Math.random() / 2));
    this.retry = Math.min(this.retry * 2, RETRY_MOST);
  }

  /** This page may not embed the chat: said once, here and to whoever built the page; nothing is tried again. */
  refusedHere() {
    this.foreign = true;
    this.socket = null;
    clearTimeout(this.watchdog);
    clearTimeout(this.quiet);
    console.error(`yingting: ${location.origin} is none of the hall's WIDGET_ORIGINS, so the chat stays closed here`);
    this.tell("state", "foreign");
  }

  /** Connect anew, as whoever it is now. */
  become(user) {
    this.user = user;
    this.hangUp();
    this.connect();
  }

  /** Leave nothing on this device and begin a new conversation. */
  forget() {
    this.outbox.all().forEach((message) => this.outbox.drop(message.cid));
    ["yingting.token", "yingting.read"].forEach((key) => this.storage.removeItem(key));
    this.token = this.user = null;
    this.last = 0;
    this.hangUp();
    this.tell("reset");
    this.connect();
  }

  hangUp() {
    const socket = this.socket;
    this.socket = null;
    this.ready = false;
    [this.watchdog, this.quiet, this.again].forEach(clearTimeout);
    socket?.close();
  }

  end() {
    this.ended.abort();
    this.hangUp();
  }

  write(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  push(message) {
    if (!this.ready) return;
    this.write({ type: "msg", cid: message.cid, text: message.text, payload: message.payload });
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.lost(), ACK_WITHIN);
  }

  /** Send a ping; without a pong the connection is dead. */
  probe() {
    this.write({ type: "ping" });
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.lost(), PONG_WITHIN);
  }

  hear(data) {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.probe(), SILENCE);
    const frame = JSON.parse(data);
    if (frame.type !== "error" || !frame.again) clearTimeout(this.watchdog);
    const heard = this["on_" + frame.type];
    if (heard) heard.call(this, frame);
  }

  on_welcome(frame) {
    if (frame.token !== (this.storage.getItem("yingting.token") ?? this.token)) {
      keep(this.storage, "yingting.token", frame.token);
      this.last = 0;
      this.tell("reset");
    }
    this.token = frame.token;
    hallTime.skew = Date.parse(frame.now) - Date.now() || 0;
    if (this.user) this.tell("user", frame.vouched === true);
    this.ready = true;
    this.retry = RETRY_FIRST;
    this.acked.clear();
    this.tell("loading", true);
    frame.messages.forEach((line) => this.on_msg(line));
    this.tell("loading", false);
    this.tell("owner", frame);
    this.tell("state", "online");
    this.outbox.all().forEach((message) => { this.tell("sending", message); this.push(message); });
  }

  on_msg(line) {
    if (line.seq <= this.last) return;
    this.last = line.seq;
    if (line.cid) this.outbox.drop(line.cid);
    this.tell("line", line);
  }

  on_ack(frame) {
    this.acked.add(frame.cid);
    this.tell("acked", frame.cid);
  }

  on_owner(frame) { this.tell("owner", frame); }
  on_order(frame) { this.tell("order", frame); }
  on_typing(frame) { this.tell("typing", frame.on); }

  /** Refused for good: told and dropped. Refused for now: sent again in a while, unless it went through. */
  on_error(frame) {
    if (!frame.cid) return;
    if (!frame.again) {
      this.outbox.drop(frame.cid);
      this.tell("refused", { cid: frame.cid, code: frame.code });
      return;
    }
    clearTimeout(this.watchdog);
    this.tell("busy", frame.code);
    setTimeout(() => {
      const message = this.outbox.all().find((each) => each.cid === frame.cid);
      if (message && !this.acked.has(frame.cid)) this.push(message);
    }, 2500 + Math.random() * 1500);
  }
}
