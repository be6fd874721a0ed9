// Messages that were not understood: somebody says what each of them meant.

import { get, post } from "./api.js";
import { settings, wear } from "./attention.js";
import { learning } from "./learning.js";
import { $, button, make } from "./make.js";
import { AUTHOR, CHANNEL, TROUBLE, ago } from "./words.js";

// what customers mean that no flow serves
const CHAT = {
  affirm: "同意、是", deny: "不要、不是", cancel: "取消", inform: "回答问题（号码、月份、金额…）", greet: "打招呼", goodbye: "告别", thank: "道谢", out_of_scope: "不归我们管的事",
  bot_challenge: "问是不是机器人", ask_help: "问能办什么", start_over: "从头再来", repeat: "再说一遍",
};

const WHY = {
  fallback: "没听懂", clarified: "问了客户的意思", corrected: "客户马上改口", misunderstood: "多次没听懂，转了人工", own: "自己补充的",
};
const OURS = { changed: "已有其他同事处理过，列表已更新。", no_review: "没有这一条，列表已更新。" };
const shown = { state: "open", page: 0, words: "", titles: new Map(), names: new Map(), at: null, items: [], chosen: new Set(), done: null };

const title = (intent) => shown.titles.get(intent) ?? intent;
const percent = (share) => `${Math.round(share * 100)}%`;

function trouble(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

async function refresh() {
  try {
    show(await get(`/api/reviews?${new URLSearchParams({ state: shown.state, page: shown.page, q: shown.words })}`));
  } catch (error) {
    failed(error);
  }
}

function failed(error) {
  if (error.status === undefined) throw error;
  if (error.status === 401) {
    $("body").hidden = true;
    $("sign-in").hidden = false;
    return;
  }
  trouble(OURS[error.code] ?? TROUBLE[error.code] ?? TROUBLE.other);
}

function show({ agent, counts, intents, reviews, page_size }) {
  named(intents);
  $("body").hidden = false;
  $("sign-in").hidden = true;
  $("me").textContent = agent;
  for (const button of $("states").children) {
    button.setAttribute("aria-pressed", String(button.dataset.state === shown.state));
    button.firstElementChild.textContent = counts[button.dataset.state];
  }
  shown.items = reviews;
  shown.chosen = new Set(reviews.map(({ id }) => id).filter((id) => shown.chosen.has(id)));
  $("reviews").replaceChildren(...reviews.map(entry));
  drawMany();
  settle();
  $("nothing").hidden = reviews.length > 0;
  const all = shown.words ? (shown.page + 1) * page_size - (reviews.length < page_size ? 1 : -1) : counts[shown.state];
  const pages = Math.max(1, Math.ceil(all / page_size));
  if (shown.page >= pages) {
    shown.page = pages - 1;
    return void refresh();
  }
  $("pages").hidden = pages < 2;
  $("page").textContent = `第 ${shown.page + 1} / ${pages} 页`;
  $("earlier").disabled = shown.page === 0;
  $("later").disabled = shown.page + 1 >= pages;
}

/** Intents by what they are called here; two that are called alike keep their name beside it. */
function named(intents) {
  const called = intents.map(({ name, title }) => [name, title === name ? CHAT[name] ?? name : title]);
  const twice = new Set(called.map(([, title]) => title).filter((title, at, all) => all.indexOf(title) !== at));
  shown.titles = new Map(called.map(([name, title]) => [name, twice.has(title) ? `${title}（${name}）` : title]));
  shown.names = new Map([...shown.titles].map(([name, title]) => [title, name]));
  $("intents").replaceChildren(...[...shown.names.keys()].sort((a, b) => a.localeCompare(b, "zh")).map((title) => { const one = make("option"); one.value = title; return one; }));
}

/** After a verdict the focus is at the next message. */
function settle() {
  if (shown.at === null) return;
  const rows = $("reviews").children, row = rows[Math.min(shown.at, rows.length - 1)];
  shown.at = null;
  (row?.querySelector(".verdict button, .verdict input") ?? $("states").querySelector('[aria-pressed="true"]')).focus();
}

function entry(item) {
  const row = make("li"), words = make("blockquote", item.text.length > 300 ? "long" : "", item.text);
  if (words.className) words.tabIndex = 0; // it scrolls
  row.append(shown.state === "open" ? choosing(item, words) : words, make("p", "about", about(item)), around(item), verdict(item));
  return row;
}

/** A box to choose it with others. */
function choosing(item, words) {
  const line = make("div", "words"), box = make("input");
  Object.assign(box, { type: "checkbox", checked: shown.chosen.has(item.id) });
  box.setAttribute("aria-label", `选中“${item.text.slice(0, 40)}”`);
  box.addEventListener("change", () => {
    if (box.checked) shown.chosen.add(item.id);
    else shown.chosen.delete(item.id);
    drawMany();
  });
  line.append(box, words);
  return line;
}

function drawMany() {
  const { size } = shown.chosen, all = shown.items.length;
  $("many").hidden = shown.state !== "open" || all < 2;
  $("chosen").textContent = size ? `选中 ${size} 条` : "";
  Object.assign($("all"), { checked: size > 0 && size === all, indeterminate: size > 0 && size < all });
  $("many-decide").disabled = !size || !shown.names.has($("many-intent").value.trim());
  $("many-drop").disabled = !size;
}

/** What was done last, and the way back. */
function drawDone() {
  $("done").hidden = !shown.done;
  if (shown.done) $("done").firstElementChild.textContent = shown.done.what;
}

function did(ids, intent, messages) {
  shown.done = { ids, what: `${messages} 条${intent === null ? "不用于学习" : `定为“${title(intent)}”`}。` };
  drawDone();
}

async function undo() {
  const { ids } = shown.done;
  shown.done = null;
  drawDone();
  await send("/api/reviews/reopen", { ids });
  shown.at = 0;
  await refresh();
}

async function decideAll(intent) {
  const chosen = shown.items.filter(({ id }) => shown.chosen.has(id)), ids = chosen.map(({ id }) => id);
  const answer = await send("/api/reviews/decide", { intent, reviews: Object.fromEntries(chosen.map(({ id, version }) => [id, version])) });
  if (answer) did(ids, intent, answer.messages);
  shown.chosen.clear();
  $("many-intent").value = "";
  shown.at = 0;
  await refresh();
}

async function send(path, body) {
  trouble("");
  try {
    return await post(path, body);
  } catch (error) {
    failed(error);
    return null;
  }
}

/** What was said before and after, read when it is opened. */
function around(item) {
  const box = make("details");
  box.append(make("summary", "", "前后的对话"));
  box.addEventListener("toggle", async () => {
    if (!box.open || box.children.length > 1) return;
    const list = make("ul", "around");
    box.append(list);
    try {
      const { lines } = await get(`/api/reviews/${encodeURIComponent(item.id)}/around`);
      list.append(...lines.map((line) => {
        const row = make("li", line.text === item.text ? "here" : "");
        row.append(make("small", "", `${AUTHOR[line.author] ?? line.author} ${ago(line.at)} `), line.text);
        return row;
      }));
      if (!lines.length) list.append(make("li", "", "没有保存前后的对话。"));
    } catch (error) {
      failed(error);
    }
  });
  return box;
}

function about(item) {
  const parts = [WHY[item.reason] ?? item.reason];
  if (item.same > 1) parts.push(`${item.same} 次`);
  if (item.channel) parts.push(CHANNEL[item.channel] ?? item.channel);
  if (item.task) parts.push(`正在办：${title(item.task)}`);
  if (item.intent) parts.push(`当时理解为：${title(item.intent)}（${percent(item.confidence)}）`);
  if (item.chosen) parts.push(`客户随后要的是：${title(item.chosen)}`);
  if (item.reviewer) parts.push(`${item.reviewer} 复核`);
  return parts.join(" · ");
}

function verdict(item) {
  const line = make("div", "verdict"), input = make("input"), decide = button("确定", () => act(line, item, "decide", { intent: shown.names.get(input.value.trim()) }), "decide");
  input.setAttribute("list", "intents");
  input.setAttribute("aria-label", `“${item.text.slice(0, 40)}”的意思`);
  Object.assign(input, { placeholder: "这句话是什么意思？", value: item.verdict ? title(item.verdict) : "" });
  const enable = () => { decide.disabled = !shown.names.has(input.value.trim()); };
  input.addEventListener("input", enable);
  input.addEventListener("keydown", (event) => { if (event.key === "Enter" && !decide.disabled && !event.isComposing) decide.click(); });
  enable();
  for (const intent of likely(item)) line.append(button(title(intent), () => act(line, item, "decide", { intent })));
  line.append(input, decide);
  if (shown.state === "open") line.append(button("不用于学习", () => act(line, item, "decide", { intent: null })));
  else line.append(button("重新复核", () => act(line, item, "reopen", {})));
  return line;
}

/** The likely intents, one press away: what the customer then chose, what was understood. A hint, not a verdict. */
const likely = (item) => (shown.state !== "open" ? [] : [...new Set([item.chosen, ...item.ranking.map(({ intent }) => intent)])].filter((intent) => shown.titles.has(intent)).slice(0, 3));

async function act(line, item, what, body) {
  for (const element of line.children) element.disabled = true;
  shown.at = [...$("reviews").children].indexOf(line.closest("li"));
  const answer = await send(`/api/reviews/${encodeURIComponent(item.id)}/${what}`, { version: item.version, ...body });
  if (answer && what === "decide") did([item.id], body.intent, answer.messages);
  await refresh();
}

for (const button of $("states").children) {
  button.addEventListener("click", () => {
    shown.state = button.dataset.state;
    shown.page = 0;
    shown.done = null;
    drawDone();
    trouble("");
    refresh();
  });
}
$("all").addEventListener("change", () => {
  shown.chosen = new Set($("all").checked ? shown.items.map(({ id }) => id) : []);
  for (const box of $("reviews").querySelectorAll('input[type="checkbox"]')) box.checked = $("all").checked;
  drawMany();
});
$("many-intent").addEventListener("input", drawMany);
$("many-decide").addEventListener("click", () => decideAll(shown.names.get($("many-intent").value.trim())));
$("many-drop").addEventListener("click", () => decideAll(null));
$("undo").addEventListener("click", undo);
learning({ title, failed });
$("find").addEventListener("submit", (event) => { event.preventDefault(); Object.assign(shown, { words: $("words").value.trim(), page: 0 }); refresh(); });
$("words").addEventListener("input", () => { if (!$("words").value && shown.words) { Object.assign(shown, { words: "", page: 0 }); refresh(); } });
wear(settings().theme);
$("earlier").addEventListener("click", () => { shown.page -= 1; refresh(); });
$("later").addEventListener("click", () => { shown.page += 1; refresh(); });
refresh();
