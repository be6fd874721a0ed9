// The panel around the messages: head, notice, log, input. Its style is its own (Shadow DOM).

class Panel {
  constructor(link, { floating }) {
    this.link = link;
    this.floating = floating;
    this.host = make("div");
    this.host.lang = "zh-CN";
    this.host.dataset.yingting = "";
    const root = this.host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    this.log = new Log((title, payload) => { link.send(title, payload); this.input.focus(); });
    this.frame = make("section", floating ? "panel floating" : "panel");
    this.frame.setAttribute("aria-label", WORDS.title);
    this.frame.append(this.head(), this.noticeLine(), this.log.element, this.form());
    root.append(this.frame);
    if (floating) this.addLauncher(root);
    this.listen();
  }

  head() {
    const head = make("header");
    const title = make("div");
    title.append(make("h2", "", WORDS.title));
    this.dot = make("span", "dot");
    this.dot.setAttribute("aria-hidden", "true");
    head.append(this.dot, title);
    if (this.floating) {
      const close = make("button", "close", "×");
      close.type = "button";
      close.setAttribute("aria-label", WORDS.close);
      close.addEventListener("click", () => this.open(false));
      head.append(close);
    }
    return head;
  }

  noticeLine() {
    this.notice = make("p", "notice");
    this.notice.setAttribute("role", "status");
    this.notice.hidden = true;
    return this.notice;
  }

  form() {
    const form = make("form");
    this.input = make("textarea");
    this.input.rows = 1;
    this.input.maxLength = 4000;
    this.input.placeholder = WORDS.input;
    this.input.setAttribute("aria-label", WORDS.input);
    this.input.enterKeyHint = "send";
    const button = make("button", "send", WORDS.send);
    button.type = "submit";
    form.append(this.input, button);
    form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.submit();
    });
    this.input.addEventListener("input", () => this.grow());
    return form;
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 120)}px`;
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    this.link.send(text);
    this.input.value = "";
    this.grow();
    this.input.focus();
  }

  /** On a phone the open panel fills the screen; the launcher goes, so that it covers nothing. */
  addLauncher(root) {
    this.launcher = make("button", "launcher", WORDS.open);
    this.launcher.type = "button";
    this.launcher.addEventListener("click", () => this.open(true));
    this.frame.addEventListener("keydown", (event) => event.key === "Escape" && this.open(false));
    root.append(this.launcher);
    this.frame.hidden = true;
  }

  open(yes) {
    this.frame.hidden = !yes;
    this.launcher.hidden = yes;
    if (!yes) return this.launcher.focus();
    this.link.now();
    this.log.follow(true);
    this.input.focus();
  }

  listen() {
    const on = (type, work) => this.link.addEventListener(type, (event) => work(event.detail));
    on("reset", () => this.log.clear());
    on("line", (line) => this.log.addLine(line));
    on("sending", (message) => this.log.addPending(message));
    on("acked", (cid) => this.log.accepted(cid));
    on("refused", ({ cid, code }) => this.log.refuse(cid, WORDS.refused[code] ?? WORDS.refused.bad_frame));
    on("typing", (yes) => this.log.setTyping(yes));
    on("busy", () => this.note(WORDS.busy));
    on("owner", (owner) => { this.owner = owner; this.showState(); });
    on("state", (state) => { this.state = state; this.showState(); });
  }

  /** What the customer should know besides the messages: no network, or a place in the queue. */
  showState() {
    this.frame.dataset.state = this.state;
    if (this.state !== "online") {
      this.log.setTyping(false);
      if (this.state === "offline") this.note(WORDS.offline);
      return;
    }
    const { owner, state, position } = this.owner ?? {};
    if (state === "waiting") this.note(position > 1 ? WORDS.waiting(position) : WORDS.next);
    else this.note(owner === "person" ? WORDS.person : "");
  }

  note(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }
}
