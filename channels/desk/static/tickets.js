// Tickets at the desk: the list, one of them with its facts and history, and what an agent does about it.

import { get, post } from "./api.js";
import { settings, wear } from "./attention.js";
import { sent } from "./files.js";
import { $, make } from "./make.js";
import { CHANNEL, TROUBLE } from "./words.js";
import { ACT, CATEGORY, KIND, STATE, actor, moment } from "./ticket_words.js";

const OURS = { changed: "工单已有变动，已更新，请再看一次。", no_ticket: "没有这个工单。", not_now: "工单现在不能这样处理。" };
const shown = { state: "open", kind: "", page: 0, ticket: null, id: null };

function trouble(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
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

async function refresh() {
  try {
    const where = new URLSearchParams({ state: shown.state, kind: shown.kind, page: shown.page });
    showList(await get(`/api/tickets?${where}`));
    if (shown.ticket) showTicket(await get(`/api/tickets/${encodeURIComponent(shown.ticket.ticket_no)}`));
  } catch (error) {
    failed(error);
  }
}

function showList({ agent, counts, kinds, kind, tickets, page_size }) {
  $("body").hidden = false;
  $("sign-in").hidden = true;
  $("me").textContent = agent;
  for (const button of $("states").children) {
    button.setAttribute("aria-pressed", String(button.dataset.state === shown.state));
    button.firstElementChild.textContent = counts[button.dataset.state];
  }
  $("kind").replaceChildren(...["", ...kinds].map((name) => {
    const option = make("option", "", name ? KIND[name] ?? name : "所有类别");
    option.value = name;
    option.selected = name === kind;
    return option;
  }));
  $("list").replaceChildren(...tickets.map(entry));
  $("nothing").hidden = tickets.length > 0;
  $("pages").hidden = shown.page === 0 && tickets.length < page_size;
  $("page").textContent = `第 ${shown.page + 1} 页`;
  $("earlier").disabled = shown.page === 0;
  $("later").disabled = tickets.length < page_size;
}

const title = (item) => `${KIND[item.kind] ?? item.kind} · ${CATEGORY[item.category] ?? item.category}`;
const state = (item) => `${STATE[item.state] ?? item.state}${item.late ? " · 超时" : ""}`;

function entry(item) {
  const button = make("button", "entry");
  button.type = "button";
  const first = make("span", "first");
  first.append(make("strong", "", title(item)), make("span", item.late ? "badge late" : "badge", state(item)));
  const third = [item.ticket_no, item.who ?? "未验证的客户", `${moment(item.due_at)} 前`, item.agent && `${item.agent} 处理`, item.with_whom && `已到${item.with_whom}`];
  button.append(first, make("span", "second", CATEGORY[item.summary] ?? item.summary), make("span", "third", third.filter(Boolean).join(" · ")));
  button.addEventListener("click", () => open(item.ticket_no));
  const row = make("li");
  row.append(button);
  return row;
}

async function open(number) {
  trouble("");
  try {
    showTicket(await get(`/api/tickets/${encodeURIComponent(number)}`));
    $("ticket-text").value = "";
    $("ticket").scrollIntoView();
  } catch (error) {
    failed(error);
  }
}

function showTicket(item) {
  shown.ticket = item;
  list(false);
  $("title").textContent = `${title(item)} ${item.ticket_no}`;
  $("ticket-state").textContent = state(item);
  $("ticket-state").className = item.late ? "badge late" : "badge";
  $("summary").textContent = CATEGORY[item.summary] ?? item.summary;
  const about = [["客户", item.who ?? "未验证"], ["渠道", CHANNEL[item.channel] ?? item.channel], ["受理", moment(item.opened_at)], ["时限", moment(item.due_at)],
    ["处理人", item.agent ?? "还没有"], ["已升级到", item.with_whom], ["结果", item.result], ["客户", item.satisfied && { yes: "满意", no: "不满意", unanswered: "没有回复" }[item.satisfied]]];
  $("ticket-about").replaceChildren(...rows(about.filter(([, value]) => value)));
  $("ticket-facts").replaceChildren(...rows(item.facts.map(({ name, value }) => [name, value])));
  $("history").replaceChildren(...item.history.map(line));
  $("ticket-files-title").hidden = !item.files.length;
  $("ticket-files").replaceChildren(...item.files.map((file) => {
    const one = make("li");
    one.append(sent(file, `/desk/api/tickets/${encodeURIComponent(item.ticket_no)}/files/`));
    return one;
  }));
  const open = item.state === "open" || item.state === "working";
  $("act").hidden = item.state === "closed" || item.state === "cancelled";
  for (const button of $("act").querySelectorAll("button")) button.hidden = !(open || button.hasAttribute("data-worded")) || (button.dataset.act === "finish" && !open);
  $("act").querySelector("[data-act=escalate]").hidden = !item.may_escalate;
}

function rows(facts) {
  return facts.map(([name, value]) => {
    const row = make("div");
    row.append(make("dt", "", name), make("dd", "", value));
    return row;
  });
}

function line(event) {
  const row = make("li");
  row.append(make("small", "", `${moment(event.at)} ${actor(event.actor)} `), make("strong", "", ACT[event.act] ?? event.act));
  if (event.text && event.act !== "opened") row.append(make("p", "", event.text));
  return row;
}

/** The list, or the ticket in its place. */
function list(visible) {
  for (const name of ["filters", "list"]) $(name).hidden = !visible;
  if (!visible) $("pages").hidden = $("nothing").hidden = true;
  $("ticket").hidden = visible;
}

/** The same press keeps its id until it went through. */
async function act(button) {
  const text = $("ticket-text").value.trim();
  if (button.hasAttribute("data-worded") && !text) return void $("ticket-text").focus();
  const buttons = [...$("act").querySelectorAll("button")];
  trouble("");
  shown.id ??= Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  for (const one of buttons) one.disabled = true;
  const { ticket_no: number, version } = shown.ticket;
  try {
    showTicket(await post(`/api/tickets/${encodeURIComponent(number)}/${button.dataset.act}`, { id: shown.id, version, text }));
    shown.id = null;
    if (button.hasAttribute("data-worded")) $("ticket-text").value = "";
  } catch (error) {
    failed(error);
    if (error.status) shown.id = null;
    if (error.code === "changed" || error.code === "not_now") showTicket(await get(`/api/tickets/${encodeURIComponent(number)}`));
  } finally {
    for (const one of buttons) one.disabled = false;
  }
}

for (const button of $("states").children) {
  button.addEventListener("click", () => {
    Object.assign(shown, { state: button.dataset.state, page: 0 });
    trouble("");
    refresh();
  });
}
for (const button of $("act").querySelectorAll("button")) button.addEventListener("click", () => act(button));
$("act").addEventListener("submit", (event) => event.preventDefault());
$("kind").addEventListener("change", () => { Object.assign(shown, { kind: $("kind").value, page: 0 }); refresh(); });
$("shut").addEventListener("click", () => { shown.ticket = null; list(true); trouble(""); refresh(); });
$("earlier").addEventListener("click", () => { shown.page -= 1; refresh(); });
$("later").addEventListener("click", () => { shown.page += 1; refresh(); });
wear(settings().theme);
const asked = /^#(GD\d+)$/.exec(location.hash)?.[1]; // from a conversation
refresh().then(() => asked && !$("body").hidden && open(asked));
