// Cards: what a message says once more as facts (docs/contracts/widget.md), drawn. Other kinds are drawn by a file that is fetched for them.

/** Draws cards, and keeps those of payments as their orders stand. `say(text)` is called when a card's own choice is pressed. */
class Cards {
  constructor(say) {
    this.say = say;
    this.states = new Map(); // by order number
    this.payments = new Set();
    this.clock = null;
  }

  /** The element of a message's card, or null where its text is all there is. */
  draw(line) {
    const card = line.card, drawing = card && Object.hasOwn(Cards.KINDS, card.kind) && Cards.KINDS[card.kind];
    if (!drawing) return null;
    try {
      return drawing.call(this, card, line);
    } catch {
      return null; // a newer hall's card: the text says it
    }
  }

  /** Draws a kind that a file of its own brings, once that is there: `work` gets the element. Without it the text stays. */
  later(line, work) {
    const kind = line.card?.kind;
    if (!kind || kind === "ask" || Object.hasOwn(Cards.KINDS, kind)) return;
    Cards.fetched ??= fetched("cards").catch(() => { Cards.fetched = null; });
    Cards.fetched.then(() => { const card = this.draw(line); if (card) work(card); });
  }

  clear() {
    this.payments.clear();
    clearInterval(this.clock);
    this.clock = null;
  }

  balance(card) {
    const owed = card.arrears_fen > 0;
    const box = frame("balance", owed ? WORDS.owed : WORDS.balance, sum(owed ? card.arrears_fen : card.balance_fen, owed ? "big bad" : "big"));
    const rows = [[WORDS.line, spaced(card.number)]];
    if (card.so_far_fen !== null && !owed) rows.push([WORDS.so_far, sum(card.so_far_fen)]);
    box.append(facts(rows), ...note(card));
    if (!owed) box.append(this.choice(WORDS.see_bill, "上个月账单"));
    return box;
  }

  bill(card) {
    const name = monthName(card.month);
    const box = frame("bill", `${name}${card.open ? WORDS.so_far_bill : WORDS.bill}`, sum(card.total_fen, "big"));
    const table = make("table", "items", make("thead", "sr", make("tr", "", heading(WORDS.item), heading(WORDS.amount))));
    const body = make("tbody");
    for (const item of card.items) {
      const used = quantity(item);
      body.append(make("tr", item.amount_fen < 0 ? "off" : "", make("th", "", item.name, used && make("small", "", used)), make("td", "", yuan(item.amount_fen))));
    }
    body.querySelectorAll("th").forEach((cell) => { cell.scope = "row"; });
    table.append(body);
    box.append(table);
    if (card.open) box.append(make("p", "aside", WORDS.open_bill));
    if (card.before) box.append(this.changes(card));
    return box;
  }

  changes(card) {
    const before = monthName(card.before), more = card.more_fen;
    const told = more ? WORDS[more > 0 ? "more" : "less"](before, `¥${yuan(Math.abs(more))}`) : WORDS.same(before);
    const box = make("section", "changes", make("h4", "", told));
    const list = make("ul");
    for (const { why, item, by_fen: by } of card.changes) {
      const what = make("span", "", item.name, make("small", "", WORDS.why[why] ?? ""));
      list.append(make("li", "", what, make("span", by > 0 ? "by up" : "by", `${by > 0 ? "+" : "-"}${yuan(Math.abs(by))}`)));
    }
    if (card.changes.length) box.append(list);
    return box;
  }

  confirm(card) {
    const box = frame("confirm", WORDS.confirm, null);
    box.append(facts([
      [WORDS.line, make("strong", "number", spaced(card.number))],
      [WORDS.goods, goods(card)],
      [WORDS.price, make("span", "", sum(card.price_fen), ` ${WORDS.way[card.way] ?? ""}`)],
      [WORDS.arrives, arrival(card.arrival)],
    ]), ...note(card));
    return box;
  }

  payment(card, line) {
    const state = make("span", "state"), timer = make("p", "timer");
    const box = frame("payment", goods(card), sum(card.price_fen, "big"));
    box.firstChild.prepend(state);
    state.setAttribute("role", "status");
    timer.setAttribute("role", "timer");
    timer.setAttribute("aria-live", "off");
    box.append(facts([[WORDS.line, spaced(card.number)], [WORDS.order, make("span", "code", card.order_no)]]), timer);
    const address = webAddress(card.url), parts = [];
    if (address) {
      const pay = link(address, WORDS.pay(WORDS.way[card.way] ?? "", `¥${shortYuan(card.price_fen)}`));
      pay.className = "primary";
      pay.target = "_blank";
      pay.rel = "noopener noreferrer";
      parts.push(pay);
    }
    const code = line.image && pictureSource(line.image);
    if (code) parts.push(scan(code));
    parts.push(...note(card));
    box.append(...parts);
    this.payments.add({ card, box, state, timer, parts, until: Date.parse(card.expires_at) });
    this.clock ??= setInterval(() => this.tick(), 1000);
    this.tick();
    return box;
  }

  /** How an order stands: told by the hall now and whenever it changes. */
  stands({ order_no: order, state }) {
    this.states.set(order, state);
    this.tick();
  }

  tick() {
    for (const payment of this.payments) this.show(payment);
  }

  show({ card, box, state, timer, parts, until }) {
    const stands = this.states.get(card.order_no) ?? card.state ?? "await_pay", left = Math.ceil((until - hallTime()) / 1000);
    const open = stands === "await_pay" && left > 0;
    box.dataset.state = stands === "await_pay" && !open ? "expired" : stands;
    put(state, WORDS.state[box.dataset.state] ?? stands);
    parts.forEach((part) => { part.hidden = !open; });
    timer.hidden = stands !== "await_pay";
    put(timer, open ? WORDS.within(`${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`) : WORDS.late);
  }

  choice(title, text) {
    return make("div", "choices", button("choice", title, () => this.say(text)));
  }

  static KINDS = {
    balance: Cards.prototype.balance, bill: Cards.prototype.bill, confirm: Cards.prototype.confirm, payment: Cards.prototype.payment,
  };
}

function link(address, title) {
  const made = make("a", "", title);
  made.href = address;
  return made;
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function frame(kind, title, amount) {
  return make("article", `card ${kind}`, make("div", "top", make("h3", "", title), amount));
}

function sum(fen, className = "") {
  return make("span", `sum ${className}`, make("small", "", "¥"), yuan(fen));
}

function facts(rows) {
  return make("dl", "", ...rows.map(([name, value]) => make("div", "", make("dt", "", name), make("dd", "", value))));
}

function heading(text) {
  const cell = make("th", "", text);
  cell.scope = "col";
  return cell;
}

function note(card) {
  return card.note ? [make("p", "aside", inline(card.note, true))] : [];
}

function goods(card) {
  const what = card.product === "credit" ? WORDS.credit(shortYuan(card.face_fen)) : WORDS.data(size(card.data_mb));
  return card.scope ? `${what} · ${WORDS.scope[card.scope] ?? ""}` : what;
}

function arrival({ when, minutes, low, high }) {
  return when === "usual" ? WORDS.usual(minutes) : WORDS.peak(low, high);
}

const COUNTED = { calls: (n) => `${n}分钟`, sms: (n) => `${n}条`, data: size };

function quantity(item) {
  return item.quantity && COUNTED[item.category] ? COUNTED[item.category](item.quantity) : "";
}

/** A code to scan helps who reads on a big screen; on a phone it is in the way. */
function scan(source) {
  const picture = make("img");
  picture.alt = WORDS.scan;
  picture.src = source;
  return make("details", "scan", make("summary", "", WORDS.scan), picture);
}
