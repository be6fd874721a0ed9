// The agents' page: the state machine's events, what is drawn of it, and what the keys and buttons do.

import { Changes, get, post, upload } from "./api.js";
import * as attention from "./attention.js";
import * as canned from "./canned.js";
import { deeds } from "./deeds.js";
import { ask } from "./dialog.js";
import { draftOf, keepDraft } from "./drafts.js";
import { enter, signIn } from "./entrance.js";
import { giving } from "./files.js";
import { finding } from "./finding.js";
import { listen, sheet } from "./keys.js";
import { showList } from "./list.js";
import { showLive } from "./live.js";
import { $, button, freshId, make } from "./make.js";
import { showCases, showOrder } from "./money.js";
import { showSide } from "./side.js";
import { parts } from "./sms.js";
import { acts, begin, counts, due, neighbour, news, next, nextUp, route, title } from "./state.js";
import { follow, lastLine, showTalk, watchTranscript } from "./talk.js";
import { NEWS, TROUBLE, who } from "./words.js";

const NAME = document.body.dataset.name;
const desk = { state: begin(), words: { skills: {}, codes: {}, reveals: {} }, customer: null, revealed: null, unsent: null, reasons: new Map(), reminded: new Set(), typedAt: 0, alive: Date.now() };
const READ_EVERY = 700; // milliseconds
const changes = new Changes(() => refresh(true), (lost) => { if (lost !== desk.state.lost) tell({ type: "lost", lost }); });

/** Tell the state machine, and draw what came of it. */
function tell(event) {
  const before = desk.state;
  desk.state = next(before, event);
  if (event.type === "queue" && before.session === "in" && before.items !== desk.state.items) {
    if (!desk.quiet) call(news(before.items, desk.state.items));
    remind(before.items);
    desk.quiet = false;
  }
  draw();
}

const call = (some) => attention.call(some, ({ kind, item }) => `${NEWS[kind]}：${who(item)}`);

/** Call for what was put aside once its time has come, each once. */
function remind(before) {
  const fresh = due(desk.state, before, desk.state.items, Date.now()).filter((item) => !desk.reminded.has(item.id + item.aside));
  for (const item of fresh) desk.reminded.add(item.id + item.aside);
  call(fresh.map((item) => ({ kind: "due", item })));
}

function draw() {
  const { state } = desk, inside = state.session === "in";
  enter(state);
  attention.mark(title(state, NAME), inside && (counts(state).unread > 0 || state.items.some((item) => item.offered_me)));
  if (!inside) return;
  trouble(state.lost ? "连接中断，正在重连…" : $("trouble").dataset.lost ? "" : null, state.lost);
  $("alarm").hidden = !state.alarms.length;
  $("alarm").textContent = state.alarms.map((why) => ({ long: "有客户等得太久了，请尽快接入。", many: "等待的客户太多，请空闲的同事上线。" }[why])).join("");
  $("presence").value = state.presence;
  $("presence").dataset.state = state.presence;
  showList(state, desk.words, go, () => finds.closed(state.closed.page + 1));
  for (const link of $("views").querySelectorAll("[data-view]")) {
    const here = link.dataset.view === state.view || (link.dataset.view === "talks" && ["talk", "order"].includes(state.view));
    if (here && !link.hasAttribute("aria-current")) link.scrollIntoView({ block: "nearest", inline: "center" });
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  $("panes").dataset.shown = state.view === "talks" ? "list" : "pane";
  for (const view of ["talk", "order", "money", "live"]) $(view).hidden = state.view !== view || (view === "talk" && !state.talk);
  $("nothing").hidden = state.view !== "talks" && !(state.view === "talk" && !state.talk);
  drawNothing();
  if (state.talk && state.view === "talk") {
    const hidden = $("answer").hidden;
    showTalk(state, does, { ...desk.words, why: desk.reasons.get(state.current) });
    if (hidden && !$("answer").hidden) {
      fit(); // what is not shown has no height
      if (!$("dialog").open) settle(); // it has just become mine
    }
    showSide(state.talk, desk.customer, desk, does);
    count();
  }
}

function drawNothing() {
  const many = counts(desk.state), up = nextUp(desk.state), box = $("nothing"), sign = JSON.stringify([many, up]);
  if (box.dataset.sign === sign) return;
  box.dataset.sign = sign;
  box.replaceChildren(make("p", "", `等待 ${many.waiting} 位，您在服务 ${many.mine} 位${many.unread ? `，${many.unread} 条未读` : ""}。`),
    ...(up ? [button("下一位（Alt+N）", () => go(up), "chief")] : [make("p", "", "新客户会出现在左边的列表里；按 ? 看快捷键。")]));
}

function trouble(text, lost = false) {
  if (text === null) return;
  const box = $("trouble");
  if (lost) box.dataset.lost = "1";
  else delete box.dataset.lost;
  box.textContent = text;
  box.hidden = !text;
}

function failed(error) {
  if (error.status === undefined && !error.code) throw error;
  if (error.status === 401) return signedOut("登录已过期，请重新登录；没发出的内容都还在。");
  trouble(TROUBLE[error.code] ?? TROUBLE.other);
}

function signedOut(why = "") {
  changes.stop();
  clearInterval(desk.timer);
  Object.assign(desk, { customer: null, revealed: null, unsent: null });
  tell({ type: "signed_out", why });
}

async function signedIn() {
  const { me, may, hall, idle_after: idleAfter, ...words } = await get("/api/me");
  Object.assign(desk, { words: { ...words, hall, idleAfter }, quiet: true });
  canned.canned(words.replies ?? [], { values: gaps, took: ({ then }) => after(then), says: (then) => does.says(then) });
  $("me").textContent = me.number ? `${me.called} ${me.number}` : me.called ?? me.name;
  $("to-live").hidden = $("to-quality").hidden = !may.supervise;
  $("to-review").hidden = !may.review;
  $("to-people").hidden = !may.supervise && !may.people;
  $("presence").hidden = !may.serve;
  finds.offer(words);
  tell({ type: "signed_in", me, may });
  clearInterval(desk.timer);
  desk.timer = setInterval(refresh, 30000); // waiting times go on while nothing happens
  went();
}

const gaps = () => ({ 客户: desk.state.talk?.who ?? "", 号码: desk.state.talk?.who ?? "", 工号: desk.state.me?.number ?? "", 坐席: desk.state.me?.called ?? "", 公司: desk.words.hall });

/** Read the queue and what is open anew; one reading at a time, the newest wish wins. What the agent does is read at
    once; of what others do (`told`) there may be many in a second, and one reading has them all. */
async function refresh(told = false) {
  clearTimeout(desk.soon);
  const rests = READ_EVERY - (Date.now() - (desk.readAt ?? 0));
  if (told === true && rests > 0) return void (desk.soon = setTimeout(refresh, rests));
  if (desk.reading) return void (desk.again = true);
  desk.reading = true;
  desk.readAt = Date.now();
  try {
    const queue = await get(`/api/queue?since=${desk.state.mark}`);
    tell({ type: "queue", ...queue, at: Date.now() });
    await readOpen();
  } catch (error) {
    failed(error);
  } finally {
    desk.reading = false;
    if (desk.again) {
      desk.again = false;
      refresh();
    }
  }
}

async function readOpen() {
  const { view, current, order } = desk.state;
  if (view === "talk") await readTalk(current);
  if (view === "order") await showOrder(order, failed);
  if (view === "live") await showLive(desk.words);
  if (view === "money" || !desk.counted) await showCases(failed);
  desk.counted = true;
}

async function readTalk(id) {
  const why = desk.reasons.get(id), how = why ? `?reason=${encodeURIComponent(why)}` : "";
  const item = await get(`/api/handoffs/${encodeURIComponent(id)}${how}${how ? "&" : "?"}after=${lastLine(id)}`);
  if (desk.state.current !== id) return;
  if (item.after > lastLine(id)) return readTalk(id); // another one was looked at meanwhile
  const first = desk.state.talk?.id !== id;
  if (first) desk.customer = desk.revealed = null;
  tell({ type: "talk", item });
  if (first) openTalk(item);
  const seen = item.last?.seq ?? 0;
  if (item.mine && item.unread && !document.hidden) post(`/api/handoffs/${encodeURIComponent(id)}/read`, { seq: seen }).then(refresh, failed);
  if (!item.whole) desk.customer = desk.revealed = null;
  else get(`/api/handoffs/${encodeURIComponent(id)}/customer${how}`).then((customer) => {
    if (desk.state.current !== id) return;
    desk.customer = customer;
    showSide(desk.state.talk, customer, desk, does);
  }, failed);
}

/** A conversation begins to be shown: its draft, and the focus where the work is. */
function openTalk(item) {
  $("text").value = draftOf(desk.state.me.name, item.id);
  canned.close();
  after(null);
  dropAsked();
  fit();
  count();
  follow(true);
  settle();
}

/** The focus goes where the work is: into the answer, or to what can be done. */
function settle() {
  if (matchMedia("(pointer: coarse)").matches) return;
  const box = $("answer").hidden ? $("acts").querySelector("button") : $("text");
  (box ?? $("transcript")).focus();
}

const go = (id) => { location.hash = `#/talk/${id}`; };

/** The address changed. */
function went() {
  if (desk.state.session !== "in") return;
  const { view, id } = route(location.hash), before = desk.state.current;
  trouble("");
  tell({ type: "went", view, id });
  if (view === "talk" && desk.state.talk && before === id) settle();
  $("talk").removeAttribute("data-about");
  changes.watch(view === "talk" ? id : null);
  refresh();
  if (view !== "talk" && view !== "talks") $(view).querySelector("h2").focus();
  if (view === "talks" && before) ($("rows").querySelector(`[data-key="${before}"] button`) ?? $("rows")).focus();
}

/** The count of SMS matters only where each is paid for. */
function count() {
  const text = $("text").value, number = parts(text.trim());
  const sms = desk.state.talk?.channel === "sms" && number ? `将按 ${number} 条短信发送` : "";
  $("count").textContent = [sms, text.length > 800 ? `${text.length}/1000` : ""].filter(Boolean).join(" · ");
}

function fit() {
  const text = $("text");
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

async function act(what, body = {}, id = desk.state.current, how = post) {
  trouble("");
  try {
    await how(`/api/handoffs/${encodeURIComponent(id)}/${what}`, body);
    return true;
  } catch (error) {
    failed(error);
    return false;
  } finally {
    await refresh();
  }
}

/** The same text keeps its id until it went through: pressing again never sends it twice. */
async function answer(query) {
  const text = $("text").value.trim(), { current } = desk.state;
  if ((!text && !query) || desk.sending) return;
  desk.sending = true;
  const what = query ? { query } : { text };
  if (desk.unsent?.of !== current + JSON.stringify(what)) desk.unsent = { of: current + JSON.stringify(what), id: freshId() };
  if (await act("reply", { id: desk.unsent.id, ...what }, current)) {
    desk.unsent = null;
    if (query) dropAsked();
    else keepDraft(desk.state.me.name, current, "");
    if (!query && desk.state.current === current) $("text").value = "";
    if (!query && desk.then && desk.state.current === current) await does.then(desk.then);
    if (!query) after(null);
    fit();
    count();
    follow(true);
  }
  desk.sending = false;
  if (!$("answer").hidden) $("text").focus();
}

/** What is done once the answer is sent, as a ready answer says; null: nothing. It can be called off until then. */
function after(then) {
  desk.then = then;
  const box = $("then");
  box.hidden = !then;
  box.replaceChildren(...(then ? [make("span", "", `发送后${does.says(then)}`), button("取消这一步", () => { after(null); $("text").focus(); }, "plain")] : []));
}

function dropAsked() {
  $("asked").hidden = true;
  $("asked").replaceChildren();
}

const finds = finding({ desk, tell, failed });

const does = deeds({ desk, draw, act, answer, failed, settle, edited, refresh, dropAsked });

/** The answer changed: it is kept, counted, and the customer sees that somebody writes. */
function edited() {
  const { me, current } = desk.state;
  keepDraft(me.name, current, $("text").value);
  fit();
  count();
  canned.look($("text").value);
  if ($("text").value.trim() && !canned.isOpen() && Date.now() - desk.typedAt > 4000) {
    desk.typedAt = Date.now();
    post(`/api/handoffs/${encodeURIComponent(current)}/typing`).catch(() => null);
  }
}

async function presence(wanted) {
  tell({ type: "presence", presence: wanted });
  try {
    await post("/api/presence", { presence: wanted });
  } catch (error) {
    failed(error);
  }
  refresh();
}

async function settings() {
  const now = attention.settings();
  const said = await ask({ title: "设置", ok: "保存", fields: [
    { name: "sound", kind: "check", label: "新消息和新客户有提示音", value: now.sound },
    { name: "notices", kind: "check", label: "不在这个页面时弹出桌面通知", value: now.notices },
    { name: "theme", kind: "pick", label: "外观", options: { "": "跟随系统", light: "浅色", dark: "深色" }, value: now.theme, needed: false },
  ] });
  if (said) await attention.change(said);
}

const step = (by) => { const id = neighbour(desk.state, by); if (id) go(id); };
const toBox = () => { if (!$("answer").hidden) $("text").focus(); };

listen({
  KeyN: () => { const id = nextUp(desk.state); if (id) go(id); }, ArrowDown: () => step(1), ArrowUp: () => step(-1), KeyA: does.take, KeyR: toBox, KeyT: does.transfer,
  KeyE: does.close, KeyG: does.release, KeyL: does.label, KeyZ: () => { does.aside(); does.take_up(); }, KeyQ: does.askFor, KeyS: () => $("words").focus(), KeyI: about, filter: finds.filter,
  KeyK: () => { toBox(); canned.look("/"); }, KeyP: () => $("presence").focus(), KeyB: () => { $("talk").dataset.about = ""; $("note-text")?.focus(); },
});

function about() {
  const shown = $("talk").toggleAttribute("data-about");
  $("show-about").setAttribute("aria-expanded", String(shown));
}

$("logout").addEventListener("click", async () => {
  const { mine } = counts(desk.state);
  if (mine && !await ask({ title: "退出？", text: `您还在服务 ${mine} 位客户。退出后他们回到队列最前面，由同事接着服务。`, ok: "退出" })) return;
  await post("/logout").catch(failed);
  location.hash = "#/";
  signedOut();
});
$("back").addEventListener("click", () => { location.hash = "#/"; });
$("order-close").addEventListener("click", () => (history.length > 1 ? history.back() : (location.hash = "#/")));
$("find-order").addEventListener("submit", (event) => { event.preventDefault(); location.hash = `#/order/${$("order-no").value.trim().toUpperCase()}`; });
$("presence").addEventListener("change", () => presence($("presence").value));
$("settings").addEventListener("click", settings);
$("keys").addEventListener("click", sheet);
$("show-about").addEventListener("click", about);
$("ask-for").addEventListener("click", does.askFor);
$("open-canned").addEventListener("click", () => { if (canned.isOpen()) canned.close(); else canned.look("/"); $("text").focus(); });
giving({
  may: () => acts(desk.state, desk.state.talk ?? {}).answer, channel: () => desk.state.talk.channel, fail: failed,
  give: (file, id) => act("files", file, desk.state.current, (path, body) => upload(path, body, id)),
});
$("answer").addEventListener("submit", (event) => { event.preventDefault(); answer(); });
$("text").addEventListener("input", edited);
$("text").addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229 || canned.key(event)) return;
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
  event.preventDefault();
  answer();
});
addEventListener("hashchange", went);
document.addEventListener("visibilitychange", () => { if (!document.hidden && desk.state.session === "in") refresh(); });
// Whoever works keeps the session going; a page that only refreshes itself does not.
for (const sign of ["keydown", "pointerdown"]) addEventListener(sign, () => {
  if (desk.state.session !== "in" || Date.now() - desk.alive < 5 * 60000) return;
  desk.alive = Date.now();
  post("/api/session/alive").catch(failed);
});
setInterval(() => {
  if (desk.state.session !== "in") return;
  remind(desk.state.items);
  draw();
}, 10000);

attention.wear(attention.settings().theme);
watchTranscript();
/** Who serves no customers begins where his work is. */
function home() {
  const { may } = desk.state;
  if (may.serve || !["", "#/"].includes(location.hash)) return;
  if (may.people) location.assign("/desk/people");
  else if (may.review) location.assign("/desk/review");
  else if (may.money) location.hash = "#/money";
}

signIn(() => signedIn().then(home).catch(failed));
get("/api/session").then(({ agent, by_provider: byProvider }) => {
  $("by-provider").hidden = !byProvider;
  return agent ? signedIn() : signedOut();
}).catch(() => signedOut());
