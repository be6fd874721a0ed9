// Beside the conversation: why somebody waits, who it is, what happened on the line, what agents wrote.

import { $, button, facts, make } from "./make.js";
import { KIND as TICKET, STATE as TICKET_STATE } from "./ticket_words.js";
import { CHANNEL, DOWN, FLAG, LINE, NOTE, ORDER, RATING, REASON, TIER, WAY, ago, moment, product, span } from "./words.js";

const reasonOf = (item) => REASON[item.reason] ?? item.reason;

/** Draw everything about the open hand-off; `does`: reveal, order, note. `customer` is null while it is read, `revealed` until somebody asked for the number. */
export function showSide(item, customer, { words, revealed }, does) {
  const root = $("about"), sign = JSON.stringify([item.id, customer, item.summary, item.agent, item.state, item.callback, item.level, item.whole, item.labels, revealed]);
  if (root.dataset.sign === sign) return;
  const open = new Map([...root.querySelectorAll("details")].map((one) => [one.dataset.part, one.open]));
  const draft = root.dataset.of === item.id ? $("note-text")?.value ?? "" : "", typing = document.activeElement?.id === "note-text";
  Object.assign(root.dataset, { sign, of: item.id });
  const part = (name, title, ...inside) => {
    const box = make("details");
    box.dataset.part = name;
    box.open = open.get(name) ?? name !== "talks";
    box.append(make("summary", "", title), ...inside);
    return box;
  };
  const mine = [part("request", "这次来访", request(item, revealed, does, words))];
  if (!item.whole) return root.replaceChildren(...mine);
  root.replaceChildren(
    ...mine,
    part("customer", "客户", ...card(item, customer, words)),
    part("business", `订单与工单 ${customer ? (customer.past?.orders.length ?? 0) + (customer.past?.tickets.length ?? 0) : ""}`, business(customer, does)),
    part("talks", `历来记录 ${customer?.past?.handoffs.length ?? ""}`, timeline(customer, words)),
    part("notes", `备注 ${customer?.notes.length || ""}`, notes(customer), noteForm(draft, does)),
  );
  if (typing) $("note-text").focus();
}

function request(item, revealed, does, words) {
  const number = make("span", "", revealed ?? item.callback ?? item.who ?? "");
  const rows = [
    ["原因", reasonOf(item)], ["渠道", CHANNEL[item.channel] ?? item.channel], ["正在办理", [item.summary.title ?? "无", ...(item.summary.slots ?? []).map(({ name, value }) => `${name}：${value}`)].join("\n")], ["留言", item.message], ["回电号码", item.callback],
    ["请求时间", `${ago(item.requested_at)}，等了${span(item.waited)}`], ["评价", RATING[item.rating]], ["最近的故障", item.error],
  ];
  const box = make("div"), whole = facts(rows);
  if (number.textContent && item.whole) {
    const row = make("div"), cell = make("dd");
    cell.append(number);
    if (!revealed) cell.append(" ", button("看完整号码", () => does.reveal(), "plain"));
    row.append(make("dt", "", "号码"), cell);
    whole.prepend(row);
  }
  if (item.whole && Object.keys(words.labels ?? {}).length) {
    const row = make("div"), cell = make("dd", "labels");
    cell.append(...item.labels.map((name) => make("span", "badge label", words.labels[name] ?? name)), button(item.labels.length ? "改" : "加标签", () => does.label(), "plain"));
    row.append(make("dt", "", "标签"), cell);
    whole.append(row);
  }
  box.append(whole);
  return box;
}

function card(item, customer, words) {
  if (!customer) return [make("p", "empty", "正在读取…")];
  const found = customer.card;
  if (!customer.proved || !found) {
    return [make("p", "unproved", "号码还没有验证：不要向对方透露任何号码的资料。请对方在对话里验证后再办。")];
  }
  const { who, plan, balance } = found;
  const rows = who ? [
    ["姓名", who.name], ["实名", who.real_name ? "已实名" : "未实名", who.real_name ? "" : "owes"], ["等级", TIER[who.tier] ?? who.tier], ["归属", `${who.city} ${who.carrier}`],
    ["年龄", who.age], ["状态", LINE[found.state] ?? found.state], ["标记", who.flags.map((flag) => FLAG[flag] ?? flag).join("、")],
  ] : [];
  rows.push(
    ["套餐", plan && `${plan.name}，每月${plan.fee}元${plan.contract ? `，合约到${plan.contract.replace(/(\d+)-0?(\d+)/, "$1年$2月")}` : ""}`], ["余额", balance && `${balance.now}元`],
    ["欠费", balance?.owes ? `${balance.arrears}元` : "", "owes"], ["近期账单", found.bills.map((bill) => `${Number(bill.month.slice(5))}月 ${bill.total}元${bill.open ? "（未出账）" : ""}`).join("\n")],
    ["增值业务", found.services.map((one) => `${one.name} ${one.fee}元/月${one.confirmed ? "" : "（未二次确认）"}`).join("\n")],
  );
  const list = facts(rows);
  const down = found.down.map((name) => DOWN[name] ?? words[name] ?? name).join("、");
  return [...(down ? [make("p", "unproved", `${down}系统暂时查不到。`)] : []), list];
}

function business(customer, does) {
  const list = make("ul", "past");
  if (!customer?.past) return "";
  const { orders, tickets } = customer.past;
  for (const one of orders) {
    const line = entry(one.at, `${product(one)}${one.product === "credit" && one.face === one.price ? "" : ` · ${one.price}元`} · ${ORDER[one.state] ?? one.state}`, `${one.who} · ${WAY[one.way] ?? one.way}`);
    line.lastElementChild.append(" ", link(one.order_no, `#/order/${one.order_no}`));
    list.append(line);
  }
  for (const one of tickets) {
    const line = entry(one.at, `${TICKET[one.kind] ?? one.kind} · ${TICKET_STATE[one.state] ?? one.state}`, `${moment(one.due_at).slice(0, 11)}前答复`);
    line.lastElementChild.append(" ", link(one.ticket_no, `/desk/tickets#${one.ticket_no}`));
    list.append(line);
  }
  return list.children.length ? list : make("p", "empty", "没有订单和工单。");
}

function timeline(customer, words) {
  const list = make("ul", "past");
  if (!customer?.past) return "";
  const { handoffs, talks } = customer.past;
  const events = [
    ...handoffs.filter((one) => !one.here).map((one) => ({
      at: one.at, text: `${CHANNEL[one.channel] ?? one.channel}人工：${one.title ?? reasonOf(one)}`,
      more: [one.agent, words.codes[one.code], RATING[one.rating]].filter(Boolean).join(" · "), href: `#/talk/${one.id}`,
    })),
    ...talks.map((one) => ({ at: one.at, text: `${CHANNEL[one.channel] ?? one.channel}对话，共${one.messages}条`, more: `始于 ${ago(one.began_at)}` })),
  ].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  for (const one of events) {
    const line = entry(one.at, one.text, one.more);
    if (one.href) line.lastElementChild.append(" ", link("打开", one.href));
    list.append(line);
  }
  return list;
}

function entry(at, text, more) {
  const line = make("li"), when = make("time", "", ago(at)), what = make("p");
  when.dateTime = at;
  what.append(text);
  if (more) what.append(make("br"), make("small", "", more));
  line.append(when, what);
  return line;
}

function link(text, href) {
  const found = make("a", "num", text);
  found.href = href;
  return found;
}

function notes(customer) {
  if (!customer?.notes.length) return "";
  const list = make("ul", "notes");
  for (const one of customer?.notes ?? []) {
    const line = make("li");
    line.append(make("small", "", `${one.agent} · ${ago(one.at)} · ${NOTE[one.kind] ?? one.kind}`), one.text);
    list.append(line);
  }
  return list;
}

function noteForm(draft, does) {
  const form = make("form"), text = make("textarea"), save = make("button", "", "记下");
  form.id = "note";
  Object.assign(text, { id: "note-text", rows: 2, maxLength: 500, placeholder: "给同事看的备注，客户看不到", value: draft });
  text.setAttribute("aria-label", "备注");
  save.type = "submit";
  save.className = "";
  form.append(text, save);
  form.addEventListener("submit", (event) => { event.preventDefault(); if (text.value.trim()) does.note(text); });
  return form;
}
