// Messages that were not understood: somebody says what each of them meant.

import { get, post } from "./api.js";
import { CHANNEL, TROUBLE } from "./words.js";

const $ = (id) => document.getElementById(id);

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

const WHY = {
  fallback: "没听懂", clarified: "问了客户的意思", corrected: "客户马上改口", misunderstood: "多次没听懂，转了人工", own: "自己补充的",
};
const OURS = { changed: "已有其他同事处理过，列表已更新。", no_review: "没有这一条，列表已更新。" };
const shown = { state: "open", page: 0, titles: new Map() };

const title = (intent) => shown.titles.get(intent) ?? intent;
const percent = (share) => `${Math.round(share * 100)}%`;

function trouble(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

async function refresh() {
  try {
    show(await get(`/api/reviews?state=${shown.state}&page=${shown.page}`));
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
  shown.titles = new Map(intents.map(({ name, title }) => [name, title]));
  $("body").hidden = false;
  $("sign-in").hidden = true;
  $("me").textContent = agent;
  for (const button of $("states").children) {
    button.setAttribute("aria-pressed", String(button.dataset.state === shown.state));
    button.firstElementChild.textContent = counts[button.dataset.state];
  }
  $("reviews").replaceChildren(...reviews.map(entry));
  $("nothing").hidden = reviews.length > 0;
  const pages = Math.max(1, Math.ceil(counts[shown.state] / page_size));
  if (shown.page >= pages) {
    shown.page = pages - 1;
    return void refresh();
  }
  $("pages").hidden = pages < 2;
  $("page").textContent = `第 ${shown.page + 1} / ${pages} 页`;
  $("earlier").disabled = shown.page === 0;
  $("later").disabled = shown.page + 1 >= pages;
}

function entry(item) {
  const row = make("li");
  row.append(make("blockquote", "", item.text), make("p", "about", about(item)), verdict(item));
  return row;
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
  const line = make("div", "verdict");
  const select = make("select");
  select.setAttribute("aria-label", `“${item.text}”的意思`);
  select.append(...choices(item));
  const decide = make("button", "decide", "确定");
  decide.addEventListener("click", () => act(line, item, "decide", { intent: select.value }));
  const enable = () => { decide.disabled = !select.value; };
  select.addEventListener("change", enable);
  enable();
  line.append(select, decide);
  if (shown.state === "open") {
    const drop = make("button", "", "不用于学习");
    drop.addEventListener("click", () => act(line, item, "decide", { intent: null }));
    line.append(drop);
  } else {
    const reopen = make("button", "", "重新复核");
    reopen.addEventListener("click", () => act(line, item, "reopen", {}));
    line.append(reopen);
  }
  for (const button of line.querySelectorAll("button")) button.type = "button";
  return line;
}

/** The likely intents first: what the customer then chose, what was understood; then all the others. */
function choices(item) {
  const likely = [...new Set([item.verdict, item.chosen, ...item.ranking.map(({ intent }) => intent)])]
    .filter((intent) => intent && shown.titles.has(intent));
  const others = [...shown.titles.keys()].filter((intent) => !likely.includes(intent));
  const selected = item.verdict ?? ""; // what the customer did next is a hint, not a verdict
  return ["", ...likely, ...others].map((intent) => {
    const option = make("option", "", intent ? `${title(intent)}（${intent}）` : "这句话是什么意思？");
    option.value = intent;
    option.selected = intent === selected;
    return option;
  });
}

async function act(line, item, what, body) {
  for (const element of line.children) element.disabled = true;
  trouble("");
  try {
    await post(`/api/reviews/${encodeURIComponent(item.id)}/${what}`, { version: item.version, ...body });
  } catch (error) {
    failed(error);
  }
  await refresh();
}

for (const button of $("states").children) {
  button.addEventListener("click", () => {
    shown.state = button.dataset.state;
    shown.page = 0;
    trouble("");
    refresh();
  });
}
$("earlier").addEventListener("click", () => { shown.page -= 1; refresh(); });
$("later").addEventListener("click", () => { shown.page += 1; refresh(); });
refresh();
