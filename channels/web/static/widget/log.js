// The messages. Everything that is said is data: it becomes text nodes, never markup.

const WORDS = {
  title: `${BRAND}在线客服`, open: "打开在线客服", close: "收起", log: "聊天记录", input: "请输入您的问题", send: "发送",
  you: "您", bot: BRAND, agent: "人工客服", system: "提示", sending: "发送中", typing: "正在输入", picture: "图片",
  offline: "网络已断开，正在重新连接。消息会在恢复后自动发出。", connecting: "正在连接…",
  busy: "系统繁忙，稍后自动重发。",
  waiting: (n) => `正在为您排队转接人工，前面还有 ${n - 1} 位`,
  next: "正在为您转接人工，下一位就是您",
  person: "人工客服正在为您服务",
  refused: { too_long: "消息过长，未能发送。请删减到 4000 字以内。", bad_frame: "这条消息含有无法识别的内容，未能发送。", empty: "" },
};

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

const URL_IN_TEXT = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/gi;

/** Text with its http(s) addresses as links. */
function linked(text) {
  const parts = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(URL_IN_TEXT)) {
    const address = found[0].replace(/[.,;:!?)\]']+$/, "");
    parts.append(text.slice(from, found.index));
    const link = make("a", "", address);
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    parts.append(link);
    from = found.index + address.length;
  }
  parts.append(text.slice(from));
  return parts;
}

/** A picture is shown from where the page's own policy would allow it anyhow. */
function pictureSource(source) {
  if (/^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/.test(source)) return source;
  try {
    const url = new URL(source, document.baseURI);
    return /^https?:$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

const CLOCK = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
const DAY = new Intl.DateTimeFormat("zh-CN", { month: "long", day: "numeric", timeZone: "Asia/Shanghai" });

class Log {
  /** `choose(title, payload)` is called when a button is pressed. */
  constructor(choose) {
    this.choose = choose;
    this.element = make("div", "log");
    this.element.setAttribute("role", "log");
    this.element.setAttribute("aria-live", "polite");
    this.element.setAttribute("aria-label", WORDS.log);
    this.element.tabIndex = 0;
    this.pending = new Map();
    this.typing = make("div", "typing");
    this.typing.setAttribute("aria-label", WORDS.typing);
    this.typing.append(make("i"), make("i"), make("i"));
    this.day = "";
    this.following = true; // the newest is in sight and stays there, also when the log's height changes
    this.element.addEventListener("scroll", () => { this.following = this.atEnd(); });
    new ResizeObserver(() => this.follow()).observe(this.element);
  }

  clear() {
    this.element.replaceChildren();
    this.pending.clear();
    this.day = "";
  }

  /** A message that is on its way; the log's own line replaces it. */
  addPending(message) {
    if (this.pending.has(message.cid)) return;
    const row = this.row("customer", message.text, null);
    row.classList.add("pending");
    row.append(make("small", "note", WORDS.sending));
    this.pending.set(message.cid, row);
    this.freeze();
    this.place(row, true);
  }

  accepted(cid) { this.pending.get(cid)?.querySelector(".note")?.remove(); }

  refuse(cid, why) {
    const row = this.pending.get(cid);
    if (!row) return;
    this.pending.delete(cid);
    row.classList.add("refused");
    row.querySelector(".note")?.remove();
    row.append(make("small", "note", why));
  }

  addLine(line) {
    const waiting = line.cid && this.pending.get(line.cid);
    if (waiting) {
      this.pending.delete(line.cid);
      waiting.remove();
    }
    const at = new Date(line.at);
    const row = this.row(line.author, line.text, at);
    if (line.image) this.addPicture(row, line.image);
    this.separate(at);
    if (line.author === "customer") this.freeze();
    else this.setTyping(false);
    if (line.buttons?.length) this.addButtons(row, line.buttons);
    this.place(row, line.author === "customer");
  }

  row(author, text, at) {
    const row = make("div", "row " + author);
    const bubble = make("div", "bubble");
    bubble.append(make("span", "sr", `${WORDS[author === "customer" ? "you" : author] ?? ""}：`), linked(text));
    if (author === "agent") row.append(make("small", "who", WORDS.agent));
    row.append(bubble);
    if (at) row.title = CLOCK.format(at);
    return row;
  }

  addPicture(row, source) {
    const safe = pictureSource(source);
    if (!safe) return;
    const picture = make("img");
    picture.alt = WORDS.picture;
    picture.addEventListener("load", () => this.follow());
    picture.src = safe;
    row.querySelector(".bubble").append(picture);
  }

  addButtons(row, buttons) {
    const group = make("div", "choices");
    group.setAttribute("role", "group");
    for (const { title, payload } of buttons) {
      const button = make("button", "choice", title);
      button.type = "button";
      button.addEventListener("click", () => {
        button.classList.add("chosen");
        this.freeze();
        this.choose(title, payload);
      });
      group.append(button);
    }
    row.append(group);
  }

  /** Choices serve once: what was offered before the customer's last word is over. */
  freeze() {
    this.element.querySelectorAll(".choice:not(:disabled)").forEach((button) => { button.disabled = true; });
  }

  separate(at) {
    const day = DAY.format(at);
    if (day === this.day) return;
    this.day = day;
    this.put(make("div", "day", `${day} ${CLOCK.format(at)}`));
  }

  setTyping(on) {
    if (on) this.place(this.typing, false);
    else this.typing.remove();
  }

  /** Lines go before what is still on its way and before the dots. */
  put(element) {
    const later = [...this.pending.values()].find((row) => row !== element && row.isConnected);
    this.element.insertBefore(element, later ?? (this.typing.isConnected ? this.typing : null));
  }

  place(element, always) {
    if (element === this.typing || element.classList.contains("pending")) this.element.append(element);
    else this.put(element);
    this.follow(always);
  }

  atEnd() { return this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 120; }

  /** Keep the newest in sight unless the customer has scrolled away to read. */
  follow(force = false) {
    this.following ||= force;
    if (this.following) this.element.scrollTop = this.element.scrollHeight;
  }
}
