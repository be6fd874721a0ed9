// The panel around the messages: head, notice, log, services, input. Its style is its own (Shadow DOM).

const LEAVE = "不等了"; // what the hall understands of who waits for a person

class Panel {
  constructor(link, options, tell) {
    this.link = link;
    this.options = options;
    this.tell = tell; // the page's events
    this.floating = !options.target;
    this.lines = [];
    this.host = make("div");
    this.host.lang = options.lang;
    this.host.dataset.yingting = "";
    this.host.dataset.position = options.position;
    this.root = this.host.attachShadow({ mode: "open" });
    dress(this.root);
    const say = (title, payload = null) => { this.link.send(title, payload); this.restFocus(); };
    this.cards = new Cards((text) => say(text));
    this.log = new Log(say, this.cards, options.logo && (() => this.logo()));
    this.log.begin(firstScreen(options, say));
    this.services = services("services", say);
    this.services.hidden = true;
    this.input = new Input((text) => link.send(text));
    this.frame = make("section", this.floating ? "panel floating" : "panel");
    this.frame.id = "panel";
    this.frame.setAttribute("aria-label", this.title);
    this.frame.append(this.head(), this.noticeLine(), this.log.element, this.log.newest, this.services, this.input.element);
    this.root.append(this.frame);
    if (this.floating) this.addLauncher();
    this.attention = new Attention(link, () => !this.frame.hidden && !document.hidden, (count, line) => this.badge(count, line));
    this.follow();
    this.listen();
  }

  get title() { return this.options.title || WORDS.title; }

  logo() {
    const picture = make("img");
    picture.alt = "";
    picture.src = this.options.logo;
    return picture;
  }

  head() {
    const face = make("span", "face", this.options.logo ? this.logo() : BRAND.slice(0, 1));
    face.setAttribute("aria-hidden", "true");
    this.about = make("p", "", WORDS.always);
    this.more = this.tool(ICONS.more, WORDS.menu, () => this.showMenu(this.menu.hidden));
    this.more.setAttribute("aria-expanded", "false");
    const head = make("header", "", face, make("div", "", make("h2", "", this.title), this.about), this.more);
    if (this.floating) head.append(this.tool(ICONS.down, WORDS.close, () => this.open(false)));
    this.menu = make("div", "menu");
    this.menu.hidden = true;
    head.append(this.menu);
    return head;
  }

  tool(drawing, name, press) {
    const made = button("tool", icon(drawing), press);
    made.setAttribute("aria-label", name);
    made.title = name;
    return made;
  }

  showMenu(yes) {
    this.menu.hidden = !yes;
    this.more.setAttribute("aria-expanded", String(yes));
    if (!yes) return;
    const close = (work) => () => { this.showMenu(false); this.more.focus(); work(); };
    const sound = this.attention.sound;
    this.menu.replaceChildren(
      button("", sound ? WORDS.soundOff : WORDS.soundOn, close(() => { this.attention.sound = !sound; if (!sound) beep(); })),
      button("", WORDS.save, close(() => save(this.lines, this.title))),
      button("", WORDS.end, () => this.askEnd()),
    );
    this.menu.firstChild.focus();
  }

  /** On a computer that others use, too: leave nothing of this conversation on it. */
  askEnd() {
    const back = () => { this.showMenu(false); this.more.focus(); };
    const end = () => { back(); this.link.forget(); this.attention.forget(); this.note(WORDS.ended, "info"); };
    this.menu.replaceChildren(make("p", "", WORDS.ask_end), button("danger", WORDS.yes, end), button("", WORDS.no, back));
    this.menu.lastChild.focus();
  }

  noticeLine() {
    this.notice = make("p", "notice");
    this.notice.setAttribute("role", "status");
    this.notice.hidden = true;
    return this.notice;
  }

  /** On a phone the open panel fills the screen; the launcher goes, so that it covers nothing. */
  addLauncher() {
    this.count = make("span", "count");
    this.count.setAttribute("aria-hidden", "true");
    this.counted = make("span", "sr");
    this.launcher = button("launcher", icon(ICONS.chat), () => this.open(true));
    this.launcher.append(make("span", "", this.options.launcher && !this.options.hidden ? this.options.launcher : WORDS.open), this.count, this.counted);
    this.launcher.setAttribute("aria-expanded", "false");
    this.launcher.setAttribute("aria-controls", "panel");
    this.preview = button("preview", "", () => this.open(true));
    this.frame.addEventListener("keydown", (event) => event.key === "Escape" && (this.menu.hidden ? this.open(false) : this.showMenu(false)));
    this.root.append(this.preview, this.launcher);
    this.frame.hidden = this.preview.hidden = this.count.hidden = true;
    this.launcher.hidden = this.options.hidden;
  }

  open(yes) {
    if (!this.floating || this.frame.hidden === !yes) return;
    this.frame.hidden = !yes;
    this.launcher.hidden = yes || this.options.hidden;
    this.launcher.setAttribute("aria-expanded", String(yes));
    keepForVisit("yingting.open", yes ? "1" : "");
    this.tell(yes ? "open" : "close");
    if (!yes) return this.launcher.focus();
    this.preview.hidden = true;
    this.link.now();
    this.log.follow(true);
    this.attention.seen();
    this.restFocus();
  }

  /** The box is ready to type, where that brings no keyboard over the messages. */
  restFocus() {
    if (matchMedia("(hover: hover)").matches) this.input.focus();
    else this.log.element.focus();
  }

  /** Unread messages: their number and the newest one's words, while the chat is closed. */
  badge(count, line) {
    this.tell("unread", { count });
    if (!this.floating) return;
    this.count.hidden = !count;
    put(this.count, String(Math.min(count, 99)));
    put(this.counted, count ? ` ${WORDS.unread(count)}` : "");
    this.preview.hidden = !count || !this.frame.hidden;
    if (line) this.preview.textContent = line.text.replace(/\s+/g, " ").slice(0, 60);
  }

  /** The page's theme, now and when it changes. */
  follow() {
    const { theme, color } = this.options;
    const dress = () => {
      this.host.dataset.theme = theme === "page" ? (pageIsDark() ? "dark" : "light") : theme;
      tint(this.host, color);
    };
    dress();
    if (theme !== "page") return;
    const signal = this.link.ended.signal, watch = new MutationObserver(dress);
    watch.observe(document.documentElement, { attributes: true });
    signal.addEventListener("abort", () => watch.disconnect());
    matchMedia("(prefers-color-scheme: dark)").addEventListener?.("change", dress, { signal });
    addEventListener("load", dress, { signal });
  }

  listen() {
    const on = (type, work) => this.link.addEventListener(type, (event) => work(event.detail));
    on("reset", () => { this.lines = []; this.log.clear(); this.services.hidden = true; this.input.ask("words"); });
    on("loading", (yes) => { this.loading = yes; this.log.live(!yes); });
    on("line", (line) => this.heard(line));
    on("sending", (message) => { this.services.hidden = false; this.log.addPending(message); });
    on("acked", (cid) => { this.log.accepted(cid); this.tell("sent", { cid }); });
    on("refused", ({ cid, code }) => this.log.refuse(cid, WORDS.refused[code] ?? WORDS.refused.bad_frame));
    on("typing", (yes) => this.log.setTyping(yes));
    on("order", (order) => { this.cards.stands(order); this.tell("order", { order: order.order_no, state: order.state }); });
    on("user", (accepted) => this.tell("user", { accepted }));
    on("busy", () => this.note(WORDS.busy, "warn"));
    on("owner", (owner) => { this.owner = owner; this.log.read(owner.read); this.showState(); });
    on("state", (state) => { this.state = state; this.showState(); });
    document.addEventListener("visibilitychange", () => !document.hidden && !this.frame.hidden && this.attention.seen(), { signal: this.link.ended.signal });
  }

  heard(line) {
    this.lines.push(line);
    this.log.addLine(line);
    if (line.card?.kind === "ticket") this.takesFiles();
    this.attention.heard(line, this.loading);
    if (line.author === "customer") this.services.hidden = false;
    else this.input.ask(line.card?.kind === "ask" && FIELDS[line.card.input] ? line.card.input : "words");
    if (!this.loading) this.tell("message", { author: line.author, text: line.text });
  }

  /** What the customer should know besides the messages: no network, or a place in the queue. */
  showState() {
    this.frame.dataset.state = this.state;
    if (this.state !== "online") {
      this.log.setTyping(false);
      if (this.state === "offline") this.note(WORDS.offline, "warn");
      if (this.state === "foreign") this.note(WORDS.foreign, "warn");
      return;
    }
    const { owner, state, position } = this.owner ?? {};
    const waits = state === "waiting", person = owner === "person" && !waits;
    this.log.agent = person ? this.owner.agent : "";
    put(this.about, person ? WORDS.person : WORDS.always);
    if (state) this.takesFiles();
    if (waits) this.note(position > 1 ? WORDS.waiting(position) : WORDS.next, "info", button("leave", WORDS.leave, () => this.link.send(LEAVE)));
    else this.note(person ? WORDS.person : "", "info");
  }

  /** Somebody will look at a file: what sends one is fetched. */
  takesFiles() { this.files ??= fetched("files").catch(() => { this.files = null; }); }

  note(text, kind = "", ...more) {
    if (this.notice.firstChild?.textContent !== text || more.length !== this.notice.children.length) this.notice.replaceChildren(text, ...more);
    this.notice.dataset.kind = kind;
    this.notice.hidden = !text;
  }

  end() {
    this.link.end();
    this.log.sizes.disconnect();
    this.cards.clear();
    this.host.remove();
  }
}

/** The style: a sheet of its own, or an element with the tag's nonce where a browser cannot construct one. */
function dress(root, style = STYLE) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  } catch {
    const made = make("style", "", style);
    made.nonce = script.nonce;
    root.append(made);
  }
}

function keepForVisit(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // a browser that keeps nothing: closed on the next page
  }
}

/** The messages as a text file on this device. */
function save(lines, title) {
  const text = lines.map((line) => `${new Date(line.at).toLocaleString("zh-CN", { timeZone: "Asia/Shanghai" })} ${line.author === "customer" ? WORDS.you : WORDS[line.author]}：${line.text}`);
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([`${text.join("\n\n")}\n`], { type: "text/plain" }));
  link.download = `${title}.txt`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
