// The desk as one state machine: events in, a new state out. It knows no page; tests run it without one.

/** @returns the state before anybody has signed in. */
export const begin = () => ({
  session: "unknown", why: "", me: null, may: {}, items: [], mark: "", alarms: [], presence: "off", skew: 0, lost: false,
  filter: "all", label: "", found: null, closed: { items: [], page: 0, more: false }, view: "talks", current: null, talk: null, order: null,
});

const MOVES = {
  signed_in: (state, { me, may }) => ({ session: "in", why: "", me, may }),
  // the address stays: whoever signs in again is where he was
  signed_out: (state, { why = "" }) => ({ ...begin(), session: "out", why, view: state.view, current: state.current, order: state.order }),
  queue: (state, { handoffs, since: had, order, mark = "", alarms, presence, now, at }) => ({
    items: had ? merged(state.items, handoffs, order) : handoffs, mark, alarms, presence, skew: Date.parse(now) - at, lost: false,
  }),
  presence: (state, { presence }) => ({ presence }),
  lost: (state, { lost }) => ({ lost }),
  filter: (state, { filter }) => ({ filter, found: null }),
  label: (state, { label }) => ({ label, found: null }),
  found: (state, { found }) => ({ found }),
  closed: (state, { handoffs, page, more }) => ({ closed: { items: page ? [...state.closed.items, ...handoffs] : handoffs, page, more } }),
  went: (state, { view, id = null }) => ({
    view, current: view === "talk" ? id : null, order: view === "order" ? id : null, talk: view === "talk" && state.talk?.id === id ? state.talk : null,
  }),
  talk: (state, { item }) => (item.id === state.current ? { talk: item } : {}),
};

/** The list with what changed; `order` where it is another one. Where nothing did, it is the same list. */
function merged(items, changed, order) {
  if (!changed.length && !order) return items;
  const known = new Map([...items, ...changed].map((item) => [item.id, item]));
  return (order ?? items.map((item) => item.id)).map((id) => known.get(id)).filter(Boolean);
}

/** The state after an event; events that it does not know change nothing. */
export const next = (state, event) => (MOVES[event.type] ? { ...state, ...MOVES[event.type](state, event) } : state);

/** Where an address leads: #/talk/<id>, #/order/<number>, #/money, #/live, else the list. */
export function route(hash) {
  const [, view, id] = /^#\/(\w*)(?:\/([\w.:-]+))?$/.exec(hash) ?? [];
  if ((view === "talk" || view === "order") && id) return { view, id };
  return view === "money" || view === "live" ? { view } : { view: "talks" };
}

const isWaiting = (item) => item.state === "waiting";
const newest = (item) => Date.parse(item.last?.at ?? item.requested_at);
/** Mine: who waits for an answer first, then the newest. */
const byNeed = (a, b) => (b.unread > 0) - (a.unread > 0) || newest(b) - newest(a);

/** Whether what I put aside still needs nobody at `at`: neither its time has come, nor has the customer written. */
export const asleep = (state, item, at = Date.now()) => item.state === "taken" && Boolean(item.aside) && !item.unread && Date.parse(item.aside) > at + state.skew;

/** Those of mine whose time has come at `at`: put aside in `before`, not any more in `after` or by the clock. */
export function due(state, before, after, at) {
  const now = new Map(after.map((item) => [item.id, item]));
  return before.filter((item) => item.mine && item.aside && !item.unread && Date.parse(item.aside) <= at + state.skew && now.get(item.id)?.mine).map(({ id, aside }) => ({ ...now.get(id), aside }));
}

/** What the list shows: [{title, items}]. */
export function sections(state, at = Date.now()) {
  const { filter, label, found } = state, items = label ? state.items.filter((item) => item.labels?.includes(label)) : state.items;
  if (found) return [{ title: `找到 ${found.items.length}`, items: found.items }];
  if (filter === "closed") return [{ title: "", items: state.closed.items }];
  const offered = { title: "分配给您", items: items.filter((item) => isWaiting(item) && item.offered_me) };
  const mine = { title: "我的", items: items.filter((item) => item.state === "taken" && item.mine && !asleep(state, item, at)).sort(byNeed) };
  const later = { title: "搁置", items: items.filter((item) => item.mine && asleep(state, item, at)).sort((a, b) => Date.parse(a.aside) - Date.parse(b.aside)) };
  const waiting = { title: "等待", items: items.filter((item) => isWaiting(item) && !item.offered_me) };
  const others = { title: "同事在服务", items: items.filter((item) => item.state === "taken" && !item.mine) };
  const shown = { all: [offered, mine, waiting, later, others], waiting: [offered, waiting], mine: [mine, later] }[filter];
  return shown.filter(({ items: some }) => some.length).map((one) => ({ ...one, title: `${one.title} ${one.items.length}` }));
}

export function counts(state, at = Date.now()) {
  const { items } = state, mine = items.filter((item) => item.state === "taken" && item.mine);
  return {
    all: items.length, waiting: items.filter(isWaiting).length, mine: mine.filter((item) => !asleep(state, item, at)).length,
    unread: mine.reduce((sum, item) => sum + item.unread, 0),
  };
}

/** The title of the window: unread messages in brackets, then who waits. */
export function title(state, name) {
  const { unread, waiting } = counts(state);
  const head = state.session === "in" ? `${unread ? `(${unread}) ` : ""}${waiting ? `等待 ${waiting} · ` : ""}` : "";
  return `${head}${name} · 坐席工作台`;
}

/** What this agent may do about a hand-off. */
export function acts(state, item) {
  const mine = item.state === "taken" && item.mine;
  return {
    take: isWaiting(item), answer: mine, transfer: mine, release: mine, close: mine,
    aside: mine && !asleep(state, item), take_up: mine && asleep(state, item), label: Boolean(item.whole) && (item.mine || Boolean(state.may.supervise)),
    step_in: item.state === "taken" && !item.mine && Boolean(state.may.supervise),
    read: !item.whole && item.state !== "waiting" && Boolean(state.may.supervise),
  };
}

/** What is new for this agent between two readings of the queue: offers, messages to mine, and who began to wait. */
export function news(before, after) {
  const was = new Map(before.map((item) => [item.id, item]));
  return after.flatMap((item) => {
    const old = was.get(item.id);
    if (item.offered_me && !old?.offered_me) return [{ kind: "offer", item }];
    if (item.mine && item.state === "taken" && item.unread > (old?.unread ?? 0)) return [{ kind: "message", item }];
    return isWaiting(item) && !old ? [{ kind: "waiting", item }] : [];
  });
}

/** The hand-off `step` further in the list, from the open one; null where the list ends. */
export function neighbour(state, step) {
  const ids = sections(state).flatMap(({ items }) => items.map((item) => item.id));
  const at = ids.indexOf(state.current);
  if (at < 0) return ids[step > 0 ? 0 : ids.length - 1] ?? null;
  return ids[at + step] ?? null;
}

/** Whom to see to next: an unread message of mine, an offer, else who waits. */
export function nextUp({ items, current }) {
  const other = items.filter((item) => item.id !== current);
  return (other.find((item) => item.mine && item.unread) ?? other.find((item) => item.offered_me) ?? other.find(isWaiting))?.id ?? null;
}

/** Seconds since a moment of the server's clock, at `at` by this one's. */
export const since = (state, iso, at) => Math.max(0, Math.round((at + state.skew - Date.parse(iso)) / 1000));

/** How a wait looks: "" in time, "soon" when most of the promise is over, "late" behind it. */
export const pressure = (waited, promised) => (waited >= promised ? "late" : waited >= promised * 0.6 ? "soon" : "");

/** A ready answer with its gaps filled; what is not known leaves nothing behind. */
export const filled = (text, values) => text.replace(/\{([^{}]+)\}/g, (_, name) => values[name] ?? "");
