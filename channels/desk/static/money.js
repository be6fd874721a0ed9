// Money at the desk: what waits for a person, and an order's life with what may be done about it.

import { get, post } from "./api.js";
import { $, make } from "./view.js";
import { ACT, CALL, CASE, CAUSE, FACT, ORDER, PURPOSE, REFUND, SAID, WHY, account, actor, moment, party, remark, span } from "./words.js";

const WORD = { ...SAID, ...ORDER, ...CAUSE, ...WHY };

const shown = { order: null, acting: false };

/** Read the open cases, and the open order, anew. */
export async function refreshMoney(failed) {
  const { cases, may_act: mayAct } = await get("/api/money");
  $("cases-count").textContent = cases.length;
  $("cases").replaceChildren(...cases.map((item) => entry(item, mayAct, failed)));
  if (shown.order) await show(shown.order, failed);
}

export function closeOrder() {
  shown.order = null;
  $("order").hidden = true;
}

export async function openOrder(number, failed) {
  try {
    await show(number, failed);
    shown.order = number;
    $("talk").hidden = true;
    $("order").hidden = false;
    document.querySelector("main").dataset.shown = "talk";
  } catch (error) {
    failed(error);
  }
}

function entry(item, mayAct, failed) {
  const button = make("button", "entry");
  button.type = "button";
  const first = make("span", "first");
  first.append(make("strong", "", CASE[item.kind] ?? item.kind), make("span", "badge", span(item.waited)));
  const facts = Object.entries(item.facts).filter(([name, value]) => FACT[name] && value !== null && value !== "");
  button.append(first, make("span", "second", item.order_no ?? item.subject),
    make("span", "third", facts.map(([name, value]) => `${FACT[name]} ${WORD[value] ?? value}`).join(" · ")));
  button.addEventListener("click", () => openOrder(item.order_no ?? item.subject, failed));
  const row = make("li");
  row.append(button, ...(mayAct ? caseActs(item, failed) : []));
  return row;
}

function caseActs(item, failed) {
  if (item.kind === "compensation" && item.facts.asked_by) {
    return [true, false].map((approve) =>
      act(approve ? "批准补偿" : "不批准", `/api/compensations/${encodeURIComponent(item.subject)}/decide`, { approve }, failed));
  }
  if (item.kind === "fee_refund" && item.facts.asked_by) {
    return [true, false].map((approve) =>
      act(approve ? "批准退费" : "不批准", `/api/fee_refunds/${encodeURIComponent(item.subject)}/decide`, { approve }, failed));
  }
  return [act("处理完毕", `/api/cases/${item.id}/close`, {}, failed, "怎么处理的？")];
}

async function show(number, failed) {
  const life = await get(`/api/orders/${encodeURIComponent(number)}`);
  const order = life.order;
  $("order-title").textContent = `订单 ${life.order_no}`;
  $("order-state").textContent = order ? `${ORDER[order.state] ?? order.state}${order.stuck ? " · 待人工" : ""}` : "没有这个订单，只有付款";
  $("order-acts").replaceChildren(...(life.may_act ? acts(life, failed) : []));
  $("order-life").replaceChildren(
    ...(order ? [facts(order)] : []),
    list("经过", life.history, (r) => [moment(r.at), `${ORDER[r.before] ?? "—"} → ${ORDER[r.after] ?? r.after}`, CAUSE[r.cause] ?? r.cause, actor(r.actor), remark(r.note)]),
    list("通知与查询", life.calls, (r) => [moment(r.at), CALL[r.call] ?? r.call, party(r.party), SAID[r.said] ?? r.said, remark(r.note)]),
    list("付款", life.receipts, (r) => [moment(r.paid_at), `${r.amount} 元`, PURPOSE[r.purpose] ?? r.purpose, party(r.provider), r.provider_no]),
    list("退款", life.refunds, (r) => [moment(r.asked_at), `${r.amount} 元`, REFUND[r.state] ?? r.state, r.refund_no, `第 ${r.tries} 次`]),
    list("账目", life.ledger, (r) => [moment(r.at), `借 ${account(r.debit)}`, `贷 ${account(r.credit)}`, `${r.amount} 元`, r.entry]),
    list("待处理事项", life.cases, (r) => [moment(r.opened_at), CASE[r.kind] ?? r.kind, r.state === "open" ? "未结" : "已结", r.agent, r.note]),
    list("人工操作", life.acts, (r) => [moment(r.at), r.agent, ACT[r.act] ?? r.act, r.note]),
  );
}

function acts(life, failed) {
  const number = encodeURIComponent(life.order_no);
  const found = life.order ? [act("再查一次", `/api/orders/${number}/query`, {}, failed)] : [];
  if (life.order?.may_record_outcome) {
    found.push(act("供货方确认已到账", `/api/orders/${number}/record_outcome`, { outcome: "succeeded" }, failed, "如何确认的？"),
      act("供货方确认失败", `/api/orders/${number}/record_outcome`, { outcome: "failed" }, failed, "如何确认的？"),
      act("供货方确认部分到账", `/api/orders/${number}/record_outcome`, { outcome: "partial" }, failed, "如何确认的？", askWorth));
  }
  for (const refund of life.refunds.filter((item) => item.state === "stuck")) {
    const path = `/api/refunds/${encodeURIComponent(refund.refund_no)}`;
    found.push(act("重新提交退款", `${path}/resubmit`, {}, failed), act("已人工退款", `${path}/paid_by_hand`, {}, failed, "转账凭证号？"));
  }
  for (const held of life.receipts.filter((item) => item.held)) {
    const path = `/api/receipts/${encodeURIComponent(held.provider)}/${encodeURIComponent(held.provider_no)}/return_payment`;
    found.push(act(`退回 ${held.amount} 元`, path, {}, failed));
  }
  return found;
}

/** What arrived of an order is worth, as `delivered_fen`; null when no amount was given. */
function askWorth() {
  const yuan = prompt("到账的部分值多少元？如 10 或 10.50")?.trim() ?? "";
  if (!/^\d{1,6}(\.\d{1,2})?$/.test(yuan)) return null;
  const [whole, part = ""] = yuan.split(".");
  return { delivered_fen: Number(whole) * 100 + Number(part.padEnd(2, "0")) };
}

/** A button; the same press keeps its id until it went through. `more` asks for what belongs to the body,
    `question` for a note. */
function act(title, path, body, failed, question, more) {
  const button = make("button", "", title);
  button.type = "button";
  const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  button.addEventListener("click", async () => {
    const asked = more ? more() : {};
    if (asked === null) return;
    const note = question ? prompt(`${title}：${question}`) : null;
    if (shown.acting || (question && !note?.trim())) return;
    if (!question && !confirm(`${title}？`)) return;
    shown.acting = true;
    try {
      await post(path, { id, ...body, ...asked, ...(question ? { note: note.trim() } : {}) });
    } catch (error) {
      failed(error);
    } finally {
      shown.acting = false;
      refreshMoney(failed).catch(failed);
    }
  });
  return button;
}

function facts(order) {
  const rows = [["号码", order.number], ["应付", `${order.price} 元`], ["已付", `${order.paid} 元`], ["已到账价值", `${order.delivered} 元`],
    ["已退", `${order.refunded} 元`], ["供货方单号", order.supplier_no || "—"], ["失败原因", WHY[order.reason] ?? order.reason ?? "—"]];
  const box = make("dl");
  for (const [name, value] of rows) {
    const row = make("div");
    row.append(make("dt", "", name), make("dd", "", value));
    box.append(row);
  }
  return box;
}

function list(title, rows, cells) {
  const box = make("section");
  const table = make("table");
  for (const item of rows) {
    const line = make("tr");
    line.append(...cells(item).map((cell) => make("td", "", cell ?? "")));
    table.append(line);
  }
  box.append(make("h3", "", `${title} ${rows.length}`), table);
  return box;
}
