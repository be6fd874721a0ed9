// Cards that are fetched when a message first brings one. Each is called as a method of Cards with its facts.

Yingting.cards((tools, language) => {
  const { make, frame, sum, facts, heading, note, goods, link, put, yuan, size, spaced, monthName, inShanghai } = tools;
  const SAYS = { ...OWN["zh-CN"], ...OWN[language] };
  const MOMENT = inShanghai({ month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
  const moment = (text) => MOMENT.format(new Date(text));
  const COUNTS = { mb: size, minutes: SAYS.minutes, messages: SAYS.texts };

  function day(text) {
    const [year, month, number] = text.split("-").map(Number);
    return year === new Date().getFullYear() ? SAYS.day(month, number) : SAYS.day_of_year(year, month, number);
  }

  function bar(part, low = false) {
    const made = make("i", low ? "bar low" : "bar");
    made.style.setProperty("--part", `${part > 0 ? Math.min(100, Math.max(2, Math.round(100 * part))) : 0}%`); // nothing left is no bar
    return made;
  }

  function row(name, ...cells) {
    const head = make("th", "", ...[name].flat());
    head.scope = "row";
    return make("tr", "", head, ...cells.map((cell) => make("td", "", ...[cell].flat())));
  }

  function table(className, heads, rows, hidden = true) {
    return make("table", className, make("thead", hidden ? "sr" : "", make("tr", "", ...heads.map(heading))), make("tbody", "", ...rows));
  }

  const dim = (text) => text && make("small", "", text);
  const badge = (text, stage) => { const made = make("span", "state", text); made.dataset.stage = stage; return made; };

  /** Several months as bars; the table beside each bar says the same. */
  function bills(card) {
    const total = sum(card.total_fen, "big"), box = frame("bills", SAYS.months, total);
    total.append(dim(SAYS.total(card.bills.length)));
    const most = Math.max(...card.bills.map((each) => each.total_fen), 1);
    const body = make("tbody");
    for (const each of card.bills) {
      body.append(make("tr", "", make("th", "", monthName(each.month)), make("td", "track", bar(each.total_fen / most)), make("td", "", yuan(each.total_fen))));
    }
    box.append(make("table", "bars", body));
    return box;
  }

  function plan(card) {
    const fee = sum(card.fee_fen, "big");
    fee.append(dim(SAYS.a_month));
    const box = frame("plan", card.name, fee), rows = [[tools.words.line, spaced(card.number)], [SAYS.data_in, size(card.data_mb)]];
    if (card.minutes) rows.push([SAYS.calls_in, SAYS.minutes(card.minutes)]);
    if (card.sms) rows.push([SAYS.sms_in, SAYS.texts(card.sms)]);
    if (card.since) rows.push([SAYS.since, monthName(card.since)]);
    rows.push([SAYS.contract, card.contract_until ? SAYS.until(monthName(card.contract_until)) : SAYS.free]);
    box.append(facts(rows));
    return box;
  }

  function usage(card) {
    const box = frame("usage", SAYS.usage, make("span", "code", spaced(card.number))), list = make("ul", "buckets");
    for (const each of card.buckets) {
      const count = COUNTS[each.unit], known = each.total !== null;
      const told = [known && SAYS.of(count(each.total)), each.ends && SAYS.ends(day(each.ends)), each.low && (each.left > 0 ? SAYS.low : SAYS.gone)].filter(Boolean);
      const left = make("strong", each.low ? "low" : "", known ? SAYS.left(count(each.left)) : SAYS.no_end);
      const item = make("li", "", make("span", "", each.name), left);
      if (known) item.append(make("span", "rail", bar(each.total ? each.left / each.total : 0, each.low)));
      if (told.length) item.append(dim(told.join(" · ")));
      list.append(item);
    }
    box.append(list, ...note(card));
    return box;
  }

  function points(card) {
    const box = frame("points", SAYS.points, make("span", "sum big", String(card.points)));
    const ends = card.ending.map((each) => [SAYS.ending(day(each.ends)), `${each.points}${SAYS.point}`]);
    box.append(facts([[tools.words.line, spaced(card.number)], ...ends]));
    const rows = card.gifts.map((gift) => {
      const short = gift.enough ? null : dim(SAYS.short(gift.points - card.points));
      const made = row([gift.name, short], `${gift.points}${SAYS.point}`);
      made.className = gift.enough ? "" : "short";
      return made;
    });
    if (rows.length) box.append(make("h4", "", SAYS.buys), table("items", [SAYS.buys, SAYS.points], rows));
    box.append(...note(card));
    return box;
  }

  /** Side by side. Where a line's own use was counted, its cost has the column, and the fee stands under the name. */
  function plans(card) {
    const used = card.plans.some((each) => each.cost_fen !== null), year = card.plans.some((each) => each.year_fen !== null);
    const heads = [SAYS.plan, used ? SAYS.use : SAYS.fee, ...(year ? [SAYS.year] : [])];
    const rows = card.plans.map((each) => {
      const holds = [used && `${SAYS.fee} ${money(each.fee_fen)}`, size(each.data_mb), each.minutes && SAYS.minutes(each.minutes), each.sms && SAYS.texts(each.sms)].filter(Boolean);
      const made = row([each.name, each.current ? badge(SAYS.now, "open") : null, dim(holds.join(" · "))], money(used ? each.cost_fen : each.fee_fen),
        ...(year ? [difference(each)] : []));
      if (each.current) made.className = "current";
      return made;
    });
    const box = frame("plans", SAYS.plans, null);
    box.append(table("items compare", heads, rows, false), ...note(card));
    return box;
  }

  const money = (fen) => (fen === null ? "–" : `¥${tools.shortYuan(fen)}`);

  function difference({ year_fen: fen, current }) {
    if (fen === null || current) return "–";
    if (!fen) return SAYS.same;
    return make("span", fen < 0 ? "by" : "by up", SAYS[fen < 0 ? "saves" : "costs"](money(Math.abs(fen))));
  }

  function services(card) {
    const total = sum(card.total_fen, "big");
    total.append(dim(SAYS.a_month));
    const box = frame("services-of", SAYS.services, total);
    const rows = card.services.map((each) => {
      const about = [each.no !== null && SAYS.no(each.no), each.what].filter(Boolean).join(" · ");
      return row([each.name, dim(about)], `${yuan(each.fee_fen)}${SAYS.a_month}`);
    });
    box.append(table("items", [SAYS.service, SAYS.amount], rows), ...note(card));
    return box;
  }

  function ticket(card) {
    const box = frame("ticket", card.title, null);
    box.firstChild.prepend(badge(card.state, card.stage));
    const rows = [[SAYS.ticket_no, make("span", "code", card.ticket_no)], [SAYS.opened, moment(card.opened_at)]];
    if (card.due_at && card.stage !== "done") rows.push([SAYS.due, moment(card.due_at)]);
    if (card.about) rows.push([SAYS.about, card.about]);
    box.append(facts(rows));
    if (card.history.length) {
      const steps = card.history.map((step) => make("li", "", make("time", "", moment(step.at)), make("span", "", step.what)));
      box.append(make("h4", "", SAYS.history), make("ol", "steps", ...steps));
    }
    box.append(...note(card));
    return box;
  }

  function stores(card) {
    const box = frame("stores", SAYS.stores, null);
    for (const each of card.stores) {
      const head = make("h4", "", each.name), open = each.open;
      if (open !== null) head.append(badge(open ? SAYS.open_now : SAYS.closed, open ? "done" : "closed"));
      const rows = [[SAYS.hours, each.hours]];
      if (each.phone) rows.push([SAYS.phone, link(`tel:${each.phone.replace(/[^\d+]/g, "")}`, each.phone)]);
      if (each.quiet) rows.push([SAYS.quiet, each.quiet]);
      if (each.businesses.length) rows.push([SAYS.does, each.businesses.join("、")]);
      box.append(make("section", "store", head, make("p", "", each.address, each.far ? dim(each.far) : null), facts(rows)));
    }
    box.append(...note(card));
    return box;
  }

  function payments(card) {
    const box = frame("payments", SAYS.payments, make("span", "code", spaced(card.number)));
    const rows = card.payments.map((each) => row([moment(each.paid_at), dim(each.way)], [`${yuan(each.amount_fen)}`, make("small", each.done ? "by" : "by up", each.state)]));
    box.append(table("items paid", [SAYS.paid, SAYS.amount], rows), ...note(card));
    return box;
  }

  function purchase(card) {
    const state = make("span", "state"), box = frame("order", goods(card), sum(card.price_fen, "big"));
    box.firstChild.prepend(state);
    const rows = [[tools.words.line, spaced(card.number)], [SAYS.order, make("span", "code", card.order_no)]];
    if (card.ordered_at) rows.push([SAYS.ordered, moment(card.ordered_at)]);
    box.append(facts(rows), ...note(card));
    this.payments.add({ card, box, state, timer: make("p"), parts: [], until: Infinity });
    this.tick();
    return box;
  }

  function sheet(card) {
    const box = frame("sheet", card.title, null);
    box.append(facts(card.rows.map(({ name, value }) => [name, /^[0-9A-Z]{18,}$/.test(value) ? make("span", "code", value) : value])));
    const address = card.url && tools.webAddress(card.url);
    if (address) {
      const open = link(address, card.open ?? card.url);
      open.className = "primary";
      open.target = "_blank";
      open.rel = "noopener noreferrer";
      box.append(open);
    }
    box.append(...note(card));
    return box;
  }

  return { style: LATER_STYLE, kinds: { bills, plan, usage, points, plans, services, ticket, stores, payments, purchase, sheet } };
});
