// What the desk shows. Everything that was said is data: text nodes, never markup.

import { $, make } from "./make.js";
import { AUTHOR, CHANNEL, ORDER, REASON, SCOPE, STATE, TIER, KIND, span, time, volume } from "./words.js";

export { $, make };

const who = (item) => (item.who ? `${item.who}${item.proved ? "" : "（未验证）"}` : "未验证的客户");

/** The queue; `open(id)` when one is chosen. */
export function showQueue(items, current, open) {
  for (const state of ["waiting", "taken"]) {
    const of = items.filter((item) => item.state === state);
    $(state + "-count").textContent = of.length;
    $(state).replaceChildren(...of.map((item) => entry(item, item.id === current, open)));
  }
  $("nobody").hidden = items.some((item) => item.state === "waiting");
}

function entry(item, current, open) {
  const button = make("button", "entry");
  button.type = "button";
  if (current) button.setAttribute("aria-current", "true");
  const first = make("span", "first");
  first.append(make("strong", "", who(item)), make("span", "badge " + item.tier, TIER[item.tier] ?? item.tier));
  const second = make("span", "second", `${CHANNEL[item.channel] ?? item.channel} · ${item.title ?? REASON[item.reason] ?? item.reason}`);
  const third = item.state === "waiting" ? `${KIND[item.kind] ?? ""}已等 ${span(item.waited)}${item.late ? " ⚠ 超时" : ""}` : item.mine ? "由我服务" : `${item.agent} 服务中`;
  button.append(first, second, make("span", "third", third));
  button.addEventListener("click", () => open(item.id));
  const row = make("li");
  row.append(button);
  return row;
}

/** The chosen hand-off: who, what, and everything said. */
export function showTalk(item) {
  $("talk").hidden = !$("order").hidden;
  $("who").textContent = who(item);
  $("state").textContent = item.state === "taken" && !item.mine ? `${item.agent} 服务中` : STATE[item.state];
  $("state").className = item.state;
  $("take").hidden = item.state !== "waiting";
  $("close").hidden = $("answer").hidden = !(item.state === "taken" && item.mine);
  $("facts").replaceChildren(...facts(item));
  showTranscript(item);
}

function facts(item) {
  const rows = [
    ["身份", item.proved ? `号码已验证（${item.level} 级）` : "号码未验证"],
    ["等级", TIER[item.tier] ?? item.tier],
    ["渠道", CHANNEL[item.channel] ?? item.channel],
    ["原因", REASON[item.reason] ?? item.reason],
    ...(item.message ? [["留言", item.message]] : []),
    ...(item.callback ? [["回电号码", item.callback]] : []),
    ["正在办理", item.summary.title ?? "无"],
    ...(item.summary.slots ?? []).map(({ name, value }) => ["　" + name, value]),
    ...item.orders.map((order) => ["订单 " + order.order_no,
      `${SCOPE[order.scope] ?? ""}${volume(order.data_mb)} · ${order.price} 元 · ${order.who} · ${ORDER[order.state] ?? order.state}`]),
  ];
  if (item.error) rows.push(["最近的故障", item.error]);
  rows.push(["请求时间", `${time(item.requested_at)}，等了${span(item.waited)}`]);
  return rows.map(([name, value]) => {
    const row = make("div");
    row.append(make("dt", "", name), make("dd", "", value));
    return row;
  });
}

function showTranscript(item) {
  const log = $("transcript");
  if (log.dataset.of !== item.id) {
    log.replaceChildren();
    log.dataset.of = item.id;
    following = true;
  }
  const seen = Number(log.lastElementChild?.dataset.seq ?? 0);
  for (const line of item.transcript) if (line.seq > seen) log.append(said(line));
  follow();
}

let following = true; // the newest is in sight and stays there, also when the log's height changes

/** Keep the end of the transcript in sight unless the agent has scrolled away; `force` after an answer. */
export function follow(force = false) {
  const log = $("transcript");
  following ||= force;
  if (following) log.scrollTop = log.scrollHeight;
}

$("transcript").addEventListener("scroll", ({ target }) => {
  following = target.scrollHeight - target.scrollTop - target.clientHeight < 60;
});
new ResizeObserver(() => follow()).observe($("transcript"));

function said(line) {
  const row = make("div", "said " + line.author);
  row.dataset.seq = line.seq;
  row.append(make("small", "", `${AUTHOR[line.author] ?? line.author} ${time(line.at)}`), make("p", "", line.text));
  if (line.choices.length) row.append(make("small", "choices", `选项：${line.choices.join("、")}`));
  if (line.image) row.append(make("small", "choices", "［图片］"));
  return row;
}
