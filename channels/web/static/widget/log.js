// The messages, in groups by who wrote them, with their times, choices and cards.

const GROUP_WITHIN = 5 * 60000; // milliseconds; a longer pause shows the name and time again

class Log {
  /** `choose(title, payload)` is called when a choice is pressed; `cards` draws what messages bring. */
  constructor(choose, cards, logo) {
    this.choose = choose;
    this.cards = cards;
    this.logo = logo;
    this.element = make("div", "log");
    this.element.setAttribute("role", "log");
    this.element.setAttribute("aria-label", WORDS.log);
    this.element.tabIndex = 0;
    this.pending = new Map();
    this.newest = button("newest", "", () => this.follow(true));
    this.newest.hidden = true;
    this.fresh = 0;
    this.typing = make("div", "typing", make("i"), make("i"), make("i"));
    this.typing.setAttribute("role", "img");
    this.typing.setAttribute("aria-label", WORDS.typing);
    this.following = true; // the newest is in sight and stays there, also when the log's height changes
    this.element.addEventListener("scroll", () => this.scrolled());
    this.sizes = new ResizeObserver(() => this.follow());
    this.sizes.observe(this.element);
    this.clear();
  }

  clear() {
    this.element.replaceChildren(...(this.first ? [this.first] : []));
    this.pending.clear();
    this.cards.clear();
    this.day = "";
    this.group = { author: "", at: 0 };
    this.said = ""; // by the customer, last
  }

  /** The first screen, above all messages. */
  begin(first) {
    this.first = first;
    this.element.prepend(first);
  }

  /** Read out what comes from now on, not the history. */
  live(yes) { this.history = !yes; this.element.setAttribute("aria-live", yes ? "polite" : "off"); }

  /** A message that is on its way; the log's own line replaces it. */
  addPending(message) {
    if (this.pending.has(message.cid)) return;
    const row = make("div", "row customer pending", this.bubble("customer", message.text), make("small", "note", WORDS.sending));
    this.pending.set(message.cid, row);
    this.freeze(message.text);
    this.place(row, true);
  }

  accepted(cid) { this.pending.get(cid)?.querySelector(".note")?.replaceChildren(WORDS.sent); }

  /** The person has seen everything up to a number. */
  read(seq) {
    this.seen?.remove();
    const row = seq && [...this.element.querySelectorAll(".row.customer")].reverse().find((one) => one.seq <= seq);
    if (row) row.append(this.seen = make("small", "note", WORDS.read));
  }

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
    const at = new Date(line.at), mine = line.author === "customer", card = mine ? null : this.cards.draw(line);
    this.separate(at);
    const row = make("div", `row ${line.author}`, ...this.head(line.author, at), this.bubble(line.author, line.text, card));
    row.title = CLOCK.format(at);
    if (mine) row.seq = line.seq;
    if (line.image && !card) this.addPicture(row, line.image);
    if (mine) this.freeze(this.said = line.text);
    else this.setTyping(false);
    if (line.buttons?.length) this.addButtons(row, line.buttons);
    this.place(row, mine);
    if (!mine && !this.following) this.tellFresh(this.fresh + 1);
    if (!mine) this.cards.later(line, (drawn) => this.exchange(row, line, drawn));
  }

  /** Name, picture and time of whoever writes, where a group begins. */
  head(author, at) {
    const same = this.group.author === author && at - this.group.at < GROUP_WITHIN;
    this.group = { author, at };
    if (same || author === "system") return [];
    const time = make("time", "", CLOCK.format(at));
    time.dateTime = at.toISOString();
    if (author === "customer") return [make("div", "who", time)];
    const face = make("span", "face");
    face.setAttribute("aria-hidden", "true");
    if (author === "bot" && this.logo) face.append(this.logo());
    else face.textContent = (author === "agent" ? WORDS.agent : BRAND).slice(0, 1);
    const name = author === "agent" ? `${WORDS.agent}${this.agent ? ` ${this.agent}` : ""}` : BRAND;
    return [make("div", "who", face, make("span", "", name), time)];
  }

  bubble(author, text, card = null) {
    const reader = make("span", "sr", `${WORDS[author === "customer" ? "you" : author] ?? ""}：`);
    if (card) return make("div", "bubble carded", reader, card);
    return make("div", "bubble", reader, author === "customer" ? inline(text, false) : blocks(text));
  }

  /** The card in place of its text, which was read out already. */
  exchange(row, line, card) {
    row.setAttribute("aria-live", "off");
    row.querySelector(".bubble").replaceWith(this.bubble(line.author, line.text, card));
    this.follow();
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
      const choice = button(payload === "/affirm" ? "choice primary" : "choice", title, () => {
        this.mark(choice);
        this.freeze();
        this.choose(title, payload);
      });
      group.append(choice);
      if (/"resend"/.test(payload)) this.rest(choice);
    }
    row.append(group);
  }

  /** A code can be sent again a minute after the last one; a wrong code does not begin it anew. */
  rest(choice) {
    if (!/^[\d•*\s]{4,8}$/.test(this.said)) this.codeAt = this.history ? 0 : Date.now();
    const title = choice.textContent, tick = () => {
      const left = Math.ceil((this.codeAt + 60000 - Date.now()) / 1000), used = choice.closest(".used");
      choice.disabled = Boolean(used) || left > 0;
      choice.textContent = left > 0 && !used ? `${title} ${left}s` : title;
      if (left > 0 && !used) setTimeout(tick, 1000);
    };
    tick();
  }

  mark(choice) {
    choice.classList.add("chosen");
    choice.prepend(make("span", "sr", `${WORDS.chosen}：`));
  }

  /** Choices serve once: what was offered before the customer's last word is over. The chosen one stays to be seen. */
  freeze(said = "") {
    const last = this.element.querySelectorAll(".row .choices:not(.used)");
    for (const group of last) {
      const choices = [...group.querySelectorAll(".choice")];
      choices.forEach((choice) => { choice.disabled = true; });
      const chosen = choices.find((choice) => choice.textContent === said);
      if (chosen && group === last[last.length - 1] && !group.querySelector(".chosen")) this.mark(chosen);
      group.classList.add("used");
    }
  }

  separate(at) {
    const day = dayName(at);
    if (day === this.day) return;
    this.day = day;
    this.group = { author: "", at: 0 };
    this.put(make("div", "day", day));
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

  scrolled() {
    this.following = this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 120;
    if (this.following) this.tellFresh(0);
    this.newest.hidden = this.following;
  }

  /** So many messages came while the customer reads further up. */
  tellFresh(count) {
    this.fresh = count;
    this.newest.textContent = count ? WORDS.newer(count) : WORDS.newest;
    this.newest.classList.toggle("fresh", count > 0);
    this.newest.hidden = this.following;
  }

  /** Keep the newest in sight unless the customer has scrolled away to read. */
  follow(force = false) {
    this.following ||= force;
    if (!this.following) return;
    this.element.scrollTop = this.element.scrollHeight;
    this.tellFresh(0);
  }
}
