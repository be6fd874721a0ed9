// Money at the desk: what waits for a person, and an order's life with what may be done about it.

import { get, post } from "./api.js";
import { ask } from "./dialog.js";
import { $, button, facts, freshId, make } from "./make.js";
import { ACT, CALL, CASE, CAUSE, CHANNEL, FACT, NEXT, ORDER, PURPOSE, REFUND, SAID, STUCK, WAY, WHY, account, actor, moment, party, product, remark, span } from "./words.js";

const WORD = { ...SAID, ...ORDER, ...CAUSE, ...WHY, ...STUCK, ...WAY };
let acting = false;

/** Read and draw the open cases. */
export async function showCases(failed) {
  const { cases, may_act: mayAct } = await get("/api/money");
  $("cases-count").textContent = cases.length || "";
  const list = make("ul", "cases");
  list.append(...cases.map((item) => entry(item, mayAct, () => showCases(failed), failed)));
  $("cases").replaceChildren(cases.length ? list : make("p", "empty", "没有要处理的款项。"));
}

function entry(item, mayAct, again, failed) {
  const row = make("li"), about = make("div"), acts = make("div", "acts"), number = item.order_no ?? item.subject;
  const known = Object.entries(item.facts).filter(([name, value]) => FACT[name] && value !== null && value !== "");
  const link = make("a", "num", number);
  link.href = `#/order/${number}`;
  about.append(make("strong", "", CASE[item.kind] ?? item.kind), " ", make("span", "badge", `${span(item.waited)}前`), " ", link, make("br"),
    make("small", "", known.map(([name, value]) => `${FACT[name]} ${worded(name, value)}`).join(" · ")));
  if (mayAct) acts.append(...caseActs(item, again, failed));
  row.append(about, acts);
  return row;
}

const worded = (name, value) => (name.endsWith("_fen") ? `${value}元` : name === "provider" || name === "party" ? party(value) : WORD[value] ?? remark(String(value)));

function caseActs(item, again, failed) {
  const decide = (kind, word) => [true, false].map((approve) => act({
    title: approve ? `批准${word}` : "不批准", path: `/api/${kind}/${encodeURIComponent(item.subject)}/decide`, body: { approve }, again, failed,
  }));
  if (item.kind === "compensation" && item.facts.asked_by) return decide("compensations", "补偿");
  if (item.kind === "fee_refund" && item.facts.asked_by) return decide("fee_refunds", "退费");
  return [act({ title: "处理完毕", path: `/api/cases/${item.id}/close`, note: "怎么处理的", again, failed })];
}

/** Read and draw an order; rejects when there is none. */
export async function showOrder(number, failed) {
  const life = await get(`/api/orders/${encodeURIComponent(number)}`), { order } = life, again = () => showOrder(number, failed);
  $("order-title").textContent = `订单 ${life.order_no}`;
  $("order-state").textContent = order ? ORDER[order.state] ?? order.state : "只有付款，没有订单";
  $("order-acts").replaceChildren(...(life.may_act ? acts(life, again, failed) : []));
  $("order-life").replaceChildren(...(order ? head(order, life) : []), line(life), ...folded(life));
}

function head(order, life) {
  const refunded = order.refunded !== "0.00" ? `，已退${order.refunded}元` : "";
  const found = [
    make("p", "headline", `${product(order)} · ${order.number} · ${order.price}元 · ${WAY[order.way] ?? order.way}`),
    make("p", "", `${ORDER[order.state] ?? order.state}${order.stuck ? "，等人工处理" : ""}${refunded}`),
  ];
  const next = NEXT[order.stuck] ?? NEXT[order.state];
  if (next) found.push(make("p", "next", `建议：${next}`));
  found.push(facts([
    ["渠道", CHANNEL[order.channel] ?? order.channel], ["下单", moment(order.at)], ["付款期限", order.state === "AWAIT_PAY" ? moment(order.expires_at) : ""], ["已付", `${order.paid}元`],
    ["已到账", `${order.delivered}元`], ["供货方单号", order.supplier_no], ["失败原因", WHY[order.reason] ?? order.reason], ["为何人工", order.stuck && (STUCK[order.stuck] ?? order.stuck)],
  ]));
  if (life.talk) {
    const link = make("a", "", "打开对话");
    link.href = `#/talk/${life.talk}`;
    found.push(link);
  }
  return found;
}

/** What happened, in order: moves, payments, refunds and what people did. */
function line(life) {
  const events = [
    ...life.history.map((one) => [one.at, CAUSE[one.cause] ?? one.cause, [ORDER[one.after] ?? one.after, actor(one.actor), remark(one.note)]]),
    ...life.receipts.map((one) => [one.paid_at, `收到${one.amount}元`, [PURPOSE[one.purpose] ?? one.purpose, party(one.provider)]]),
    ...life.refunds.map((one) => [one.asked_at, `退款${one.amount}元`, [REFUND[one.state] ?? one.state, one.refund_no, one.tries > 1 ? `第${one.tries}次` : ""]]),
    ...life.acts.map((one) => [one.at, ACT[one.act] ?? one.act, [one.agent, one.note]]),
  ].sort((a, b) => Date.parse(a[0]) - Date.parse(b[0]));
  const list = make("ol", "line");
  for (const [at, what, more] of events) {
    const row = make("li");
    row.append(make("time", "", moment(at)), " ", make("strong", "", what), " ", make("small", "", more.filter(Boolean).join(" · ")));
    list.append(row);
  }
  return list;
}

function folded(life) {
  return [
    table("账目", ["时间", "借", "贷", "金额", "分录"], life.ledger, (r) => [moment(r.at), account(r.debit), account(r.credit), `${r.amount}元`, ENTRY(r.entry)]),
    table("通知与查询", ["时间", "动作", "对方", "结果", "说明"], life.calls, (r) => [moment(r.at), CALL[r.call] ?? r.call, party(r.party), SAID[r.said] ?? r.said, remark(r.note)]),
    table("待处理事项", ["时间", "事项", "状态", "坐席", "说明"], life.cases, (r) => [moment(r.opened_at), CASE[r.kind] ?? r.kind, r.state === "open" ? "未结" : "已结", r.agent, r.note]),
  ].filter(Boolean);
}

const ENTRY = (name) => CAUSE[name.split(":").pop()] ?? "";

function table(title, heads, rows, cells) {
  if (!rows.length) return null;
  const box = make("details"), wide = make("div", "wide"), grid = make("table"), top = make("tr");
  wide.tabIndex = 0;
  top.append(...heads.map((name) => { const cell = make("th", "", name); cell.scope = "col"; return cell; }));
  grid.append(top, ...rows.map((row) => { const one = make("tr"); one.append(...cells(row).map((cell) => make("td", "", cell ?? ""))); return one; }));
  wide.append(grid);
  box.append(make("summary", "", `${title} ${rows.length}`), wide);
  return box;
}

function acts(life, again, failed) {
  const number = encodeURIComponent(life.order_no), outcome = `/api/orders/${number}/record_outcome`, how = "如何确认的";
  const found = life.order ? [act({ title: "再查一次", path: `/api/orders/${number}/query`, again, failed })] : [];
  if (life.order?.may_record_outcome) {
    found.push(act({ title: "供货方确认已到账", path: outcome, body: { outcome: "succeeded" }, note: how, again, failed }),
      act({ title: "供货方确认失败", path: outcome, body: { outcome: "failed" }, note: how, again, failed }),
      act({ title: "供货方确认部分到账", path: outcome, body: { outcome: "partial" }, note: how, worth: true, again, failed }));
  }
  for (const refund of life.refunds.filter((item) => item.state === "stuck")) {
    const path = `/api/refunds/${encodeURIComponent(refund.refund_no)}`;
    found.push(act({ title: "重新提交退款", path: `${path}/resubmit`, again, failed }), act({ title: "已人工退款", path: `${path}/paid_by_hand`, note: "转账凭证号", again, failed }));
  }
  for (const held of life.receipts.filter((item) => item.held)) {
    const path = `/api/receipts/${encodeURIComponent(held.provider)}/${encodeURIComponent(held.provider_no)}/return_payment`;
    found.push(act({ title: `退回${held.amount}元`, path, again, failed }));
  }
  return found;
}

/** A button that asks first; the same press keeps its id until it went through. `note`: what has to be said,
    `worth`: what arrived is worth, in yuan. */
function act({ title, path, body = {}, note, worth, again, failed }) {
  const id = freshId();
  const fields = [
    ...(worth ? [{ name: "worth", label: "到账的部分值多少元", needed: true, numeric: true, pattern: "\\d{1,6}(\\.\\d{1,2})?", hint: "如 10 或 10.50" }] : []),
    ...(note ? [{ name: "note", kind: "area", label: note, needed: true, max: 200 }] : []),
  ];
  return button(title, async () => {
    if (acting) return;
    const said = await ask({ title, text: note ? "" : "确定要这样做吗？会记下是您操作的。", fields, ok: title });
    if (!said || acting) return;
    acting = true;
    try {
      await post(path, { id, ...body, ...(worth ? { delivered_fen: fen(said.worth) } : {}), ...(note ? { note: said.note } : {}) });
    } catch (error) {
      failed(error);
    } finally {
      acting = false;
      again().catch(failed);
    }
  });
}

const fen = (yuan) => {
  const [whole, part = ""] = yuan.split(".");
  return Number(whole) * 100 + Number(part.padEnd(2, "0"));
};
