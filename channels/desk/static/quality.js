// How customers were served: what the rules found, what a person says of it, who was not satisfied, and reports.

import { get, post } from "./api.js";
import { settings, wear } from "./attention.js";
import { ask } from "./dialog.js";
import { $, button, make } from "./make.js";
import { num, table } from "./table.js";
import { RATING, REASON, SHORT, TROUBLE, ago, brief, who } from "./words.js";

const FAILED = { greeted: "没有问候", quick: "首次回复慢", answered: "最后的问题没答", promised: "承诺没有落实", resolved: "没有解决", polite: "用语不当" };
const VERDICT = { good: "优秀", fair: "合格", bad: "不合格" };
const FOLLOWED = { settled: "已联系，客户认可", ticket: "已联系，转了工单", no_answer: "联系不上" };
const OURS = { yourself: "自己的对话由别的主管来质检。" };
const shown = { show: "todo", days: "7", data: null };

function trouble(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

function failed(error) {
  if (error.status === undefined) throw error;
  if (error.status === 401 || error.code === "no_role") {
    $("body").hidden = true;
    $(error.status === 401 ? "sign-in" : "not-mine").hidden = false;
    return;
  }
  trouble(OURS[error.code] ?? TROUBLE[error.code] ?? TROUBLE.other);
}

async function refresh() {
  try {
    shown.data = await get(`/api/quality?days=${shown.days}`);
  } catch (error) {
    return failed(error);
  }
  $("body").hidden = false;
  $("sign-in").hidden = $("not-mine").hidden = true;
  $("me").textContent = shown.data.agent;
  draw();
}

function draw() {
  const { lists, reports, words } = shown.data, items = lists[shown.show] ?? [], isReport = shown.show === "report";
  for (const one of $("shows").children) {
    one.setAttribute("aria-pressed", String(one.dataset.show === shown.show));
    if (one.firstElementChild) one.firstElementChild.textContent = lists[one.dataset.show].length;
  }
  $("list").hidden = isReport;
  $("report").hidden = !isReport;
  $("nothing").hidden = isReport || items.length > 0;
  $("list").replaceChildren(...items.map((item) => entry(item, words)));
  if (isReport) $("report").replaceChildren(report("按坐席", "坐席", reports.agents, (name) => name), report("按技能组", "技能组", reports.skills, (name) => words.skills[name] ?? name));
}

function entry(item, words) {
  const line = make("li"), name = make("p", "name"), link = make("a", "", who(item)), acts = make("div", "acts");
  line.dataset.id = item.id;
  link.href = `/desk/#/talk/${item.id}`;
  name.append(make("span", "what", SHORT[item.channel] ?? item.channel), link, make("span", "", `由 ${item.called} 服务`));
  if (item.rating) name.append(make("span", `badge ${item.rating === "bad" ? "bad" : ""}`, RATING[item.rating]));
  name.append(...item.failed.map((rule) => make("span", "badge warn", FAILED[rule] ?? rule)), ...(item.picked ? [make("span", "badge", "抽查")] : []));
  const what = [item.title ?? REASON[item.reason] ?? item.reason, words.codes[item.code] ?? "没有写结果", `等了${brief(item.waited)}`, `${ago(item.closed_at)}结束`];
  line.append(name, make("p", "what", what.join(" · ")), acts);
  if (!item.check) acts.append(labelled(button("质检", () => remark(item, "check", "这次服务怎么样？", VERDICT)), item));
  if (item.rating === "bad" && !item.follow_up) acts.append(labelled(button("回访", () => remark(item, "follow_up", "回访的结果", FOLLOWED)), item));
  for (const [one, names, title] of [[item.check, VERDICT, "质检"], [item.follow_up, FOLLOWED, "回访"]]) {
    if (one) line.append(make("p", "remark", `${title}：${names[one.what] ?? one.what}（${one.by}，${ago(one.at)}）${one.text ? `\n${one.text}` : ""}`));
  }
  return line;
}

function labelled(element, item) {
  element.setAttribute("aria-label", `${element.textContent}：${who(item)}`);
  return element;
}

async function remark(item, act, title, options) {
  const said = await ask({ title, ok: "保存", fields: [{ name: "what", kind: "pick", label: "结论", options }, { name: "text", kind: "area", label: "说明（可不填）", max: 480 }] });
  if (!said) return;
  trouble("");
  const at = [...$("list").children].findIndex((line) => line.dataset.id === item.id);
  try {
    await post(`/api/handoffs/${encodeURIComponent(item.id)}/${act}`, said);
  } catch (error) {
    failed(error);
  }
  await refresh();
  const rows = $("list").children;
  (rows[Math.min(at, rows.length - 1)]?.querySelector("button") ?? $("shows").querySelector('[aria-pressed="true"]')).focus();
}

const share = (part, whole) => num(whole ? `${Math.round((part / whole) * 100)}%` : "—");
const seconds = (value) => num(value === null ? "—" : brief(value));

function report(title, head, lines, named) {
  return table(title, [head, "结束", "平均等待", "首次回复", "评价数", "满意", "不满意", "规则全过", "质检", "不合格"], lines.map((one) => [
    named(one.name), num(one.closed), seconds(one.waited), seconds(one.first_reply), num(one.rated), share(one.good, one.rated), share(one.bad, one.rated), share(one.clean, one.closed), num(one.checked), num(one.failed),
  ]), "h2");
}

for (const one of $("shows").children) one.addEventListener("click", () => { shown.show = one.dataset.show; trouble(""); draw(); });
$("days").addEventListener("change", () => { shown.days = $("days").value; refresh(); });
wear(settings().theme);
refresh();
