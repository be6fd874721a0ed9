// The desk's state machine, without a page. Run by tests/channels/test_desk_state.py, or `node --test`.

import assert from "node:assert/strict";
import { test } from "node:test";

const url = new URL("../../channels/desk/static/state.js", import.meta.url);
const source = await (await import("node:fs/promises")).readFile(url, "utf8");
const machine = await import(`data:text/javascript;base64,${Buffer.from(source).toString("base64")}`);
const { acts, asleep, begin, counts, due, filled, neighbour, news, next, nextUp, pressure, route, sections, since, title } = machine;

const AT = Date.parse("2026-11-16T10:00:00Z");
const item = (id, more = {}) => ({
  id, state: "waiting", mine: false, offered_me: false, unread: 0, requested_at: "2026-11-16T09:58:00Z", last: null, place: 1, ...more,
});
const mine = (id, unread, at) => item(id, { state: "taken", mine: true, unread, last: { at } });

function state(...items) {
  const signed = next(begin(), { type: "signed_in", me: { name: "anna" }, may: {} });
  return next(signed, { type: "queue", handoffs: items, alarms: [], presence: "online", now: "2026-11-16T10:00:00Z", at: AT });
}

test("mine come by need, then who waits, then those of others", () => {
  const shown = sections(state(
    item("w1"), mine("m1", 0, "2026-11-16T09:59:00Z"), mine("m2", 2, "2026-11-16T09:50:00Z"), item("w2", { offered_me: true }), item("o1", { state: "taken" }),
  ));
  assert.deepEqual(shown.map(({ title: name, items }) => [name, items.map(({ id }) => id)]), [
    ["分配给您 1", ["w2"]], ["我的 2", ["m2", "m1"]], ["等待 1", ["w1"]], ["同事在服务 1", ["o1"]],
  ]);
});

test("a filter shows its own, and what was found goes before it until another is chosen", () => {
  let now = next(state(item("w1"), mine("m1", 0, "2026-11-16T09:59:00Z")), { type: "filter", filter: "mine" });
  assert.deepEqual(sections(now).flatMap(({ items }) => items.map(({ id }) => id)), ["m1"]);
  now = next(now, { type: "found", found: { items: [item("x")] } });
  assert.deepEqual(sections(now).flatMap(({ items }) => items.map(({ id }) => id)), ["x"]);
  now = next(now, { type: "filter", filter: "waiting" });
  assert.deepEqual(sections(now).flatMap(({ items }) => items.map(({ id }) => id)), ["w1"]);
});

test("of the list only what changed comes, and what did not change is the same", () => {
  const whole = next(state(item("a"), item("b")), { type: "queue", handoffs: [item("a"), item("b"), item("c")], mark: "m1", alarms: [], presence: "online", now: "2026-11-16T10:00:00Z", at: AT });
  const told = (more) => ({ type: "queue", since: "m1", mark: "m2", handoffs: [], alarms: [], presence: "online", now: "2026-11-16T10:00:00Z", at: AT, ...more });
  assert.equal(next(whole, told({})).items, whole.items);
  assert.equal(next(whole, told({})).mark, "m2");
  const changed = next(whole, told({ handoffs: [item("b", { unread: 2 })] }));
  assert.deepEqual(changed.items.map(({ id, unread }) => [id, unread]), [["a", 0], ["b", 2], ["c", 0]]);
  assert.equal(changed.items[0], whole.items[0]);
  const other = next(whole, told({ handoffs: [item("d")], order: ["d", "c"] }));
  assert.deepEqual(other.items.map(({ id }) => id), ["d", "c"]);
  assert.equal(next(whole, { type: "signed_out" }).mark, "");
});

test("what is put aside is none of mine until its time, or the customer's next word", () => {
  const later = () => mine("s", 0, "2026-11-16T09:59:00Z"), aside = { ...later(), aside: "2026-11-16T10:30:00Z" };
  const now = state(aside, mine("m", 0, "2026-11-16T09:59:00Z"));
  const shown = (one, at) => sections(one, at).map(({ title: name, items }) => [name, items.map(({ id }) => id)]);
  assert.deepEqual(shown(now, AT), [["我的 1", ["m"]], ["搁置 1", ["s"]]]);
  assert.equal(counts(now, AT).mine, 1);
  assert.deepEqual(shown(now, AT + 30 * 60000).map(([name]) => name), ["我的 2"]);
  assert.equal(asleep(now, { ...aside, unread: 1 }, AT), false);
  assert.deepEqual(acts(now, { ...aside, aside: "2999-01-01T00:00:00Z" }).take_up, true);
});

test("one is called when what was put aside is due, and only then", () => {
  const aside = { ...mine("s", 0, "2026-11-16T09:59:00Z"), aside: "2026-11-16T10:30:00Z" }, now = state(aside);
  assert.deepEqual(due(now, [aside], [aside], AT), []);
  assert.deepEqual(due(now, [aside], [{ ...aside, aside: null }], AT + 30 * 60000).map(({ id }) => id), ["s"]);
  assert.deepEqual(due(now, [aside], [], AT + 30 * 60000), []); // a colleague has it
});

test("a label shows those that have it", () => {
  const now = next(state(item("a", { labels: ["vip"] }), item("b", { labels: [] })), { type: "label", label: "vip" });
  assert.deepEqual(sections(now, AT).flatMap(({ items }) => items.map(({ id }) => id)), ["a"]);
});

test("further pages of the closed list are added, the first one begins it anew", () => {
  let now = next(state(), { type: "filter", filter: "closed" });
  for (const [page, ids] of [[0, ["a"]], [1, ["b"]]]) now = next(now, { type: "closed", handoffs: ids.map((id) => item(id)), page, more: true });
  assert.deepEqual(sections(now)[0].items.map(({ id }) => id), ["a", "b"]);
  now = next(now, { type: "closed", handoffs: [item("c")], page: 0, more: false });
  assert.deepEqual(sections(now)[0].items.map(({ id }) => id), ["c"]);
});

test("the title counts what was not read and who waits", () => {
  assert.equal(title(state(), "营厅"), "营厅 · 坐席工作台");
  assert.equal(title(state(item("w"), mine("m", 3, "2026-11-16T09:59:00Z")), "营厅"), "(3) 等待 1 · 营厅 · 坐席工作台");
  assert.equal(title(next(state(item("w")), { type: "signed_out" }), "营厅"), "营厅 · 坐席工作台");
  assert.deepEqual(counts(state(item("w", { unread: 5 }))).unread, 0); // of others nothing is counted
});

test("only what is new calls: an offer, words to mine, somebody who begins to wait", () => {
  const before = [item("w"), mine("m", 1, "2026-11-16T09:59:00Z"), item("o", { state: "taken", unread: 1 })];
  assert.deepEqual(news(before, before), []);
  const after = [item("w", { offered_me: true }), mine("m", 2, "2026-11-16T10:00:00Z"), item("o", { state: "taken", unread: 4 }), item("n")];
  assert.deepEqual(news(before, after).map(({ kind, item: { id } }) => [kind, id]), [["offer", "w"], ["message", "m"], ["waiting", "n"]]);
});

test("what may be done depends on whose it is", () => {
  const now = state();
  const can = (one, who = now) => Object.entries(acts(who, one)).filter(([, may]) => may).map(([name]) => name);
  assert.deepEqual(can(item("w")), ["take"]);
  assert.deepEqual(can(mine("m", 0, "")), ["answer", "transfer", "release", "close", "aside"]);
  assert.deepEqual(can(item("o", { state: "taken" })), []);
  assert.deepEqual(can(item("o", { state: "taken" }), { ...now, may: { supervise: true } }), ["step_in", "read"]);
  assert.deepEqual(can(item("c", { state: "closed", mine: true, whole: true }), { ...now, may: { supervise: true } }), ["label"]);
});

test("a session that ends keeps the place, and the next one is there again", () => {
  const open = next(state(item("w")), { type: "went", view: "talk", id: "w" });
  const out = next(open, { type: "signed_out", why: "登录已过期" });
  assert.deepEqual([out.session, out.current, out.why, out.items], ["out", "w", "登录已过期", []]);
});

test("a conversation that was read late is not shown in place of another", () => {
  let now = next(state(item("a"), item("b")), { type: "went", view: "talk", id: "b" });
  now = next(now, { type: "talk", item: item("a") });
  assert.equal(now.talk, null);
  now = next(now, { type: "talk", item: item("b") });
  assert.equal(now.talk.id, "b");
  assert.equal(next(now, { type: "went", view: "talk", id: "a" }).talk, null);
});

test("addresses lead somewhere, and nonsense to the list", () => {
  assert.deepEqual(route("#/talk/abc"), { view: "talk", id: "abc" });
  assert.deepEqual(route("#/order/T2611"), { view: "order", id: "T2611" });
  assert.deepEqual(route("#/live"), { view: "live" });
  for (const odd of ["", "#", "#/", "#/talk", "#/talk/../x", "#/nothing", "#/talk/<b>"]) assert.deepEqual(route(odd), { view: "talks" });
});

test("the keys walk along the list as it is shown", () => {
  const now = state(item("w1"), item("w2"), mine("m", 0, "2026-11-16T09:59:00Z"));
  assert.equal(neighbour(now, 1), "m");
  const open = next(now, { type: "went", view: "talk", id: "w1" });
  assert.deepEqual([neighbour(open, -1), neighbour(open, 1)], ["m", "w2"]);
  assert.equal(neighbour(next(now, { type: "went", view: "talk", id: "w2" }), 1), null);
  assert.equal(nextUp(now), "w1");
  assert.equal(nextUp(state(item("w1"), item("w2", { offered_me: true }))), "w2");
  assert.equal(nextUp(state(item("w1"), mine("m", 1, "2026-11-16T09:59:00Z"))), "m");
  assert.equal(nextUp(state()), null);
});

test("times are by the server's clock, whatever this machine's says", () => {
  const now = next(state(), { type: "queue", handoffs: [], alarms: [], presence: "online", now: "2026-11-16T10:00:00Z", at: AT + 3600000 });
  assert.equal(since(now, "2026-11-16T09:58:00Z", AT + 3600000), 120);
  assert.equal(since(now, "2026-11-16T10:01:00Z", AT + 3600000), 0);
  assert.deepEqual([pressure(10, 100), pressure(60, 100), pressure(100, 100)], ["", "soon", "late"]);
});

test("the gaps of a ready answer are filled, those without a value left out", () => {
  assert.equal(filled("您好，我是{公司}客服{工号}。{号码}", { 公司: "营厅", 工号: "8001" }), "您好，我是营厅客服8001。");
});
