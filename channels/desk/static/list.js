// The list of customers: one line who, one line what, and how long.

import { $, make, patch } from "./make.js";
import { asleep, counts, pressure, sections, since } from "./state.js";
import { AUTHOR, KIND, RATING, REASON, SHORT, TIER, ago, brief, until, who } from "./words.js";

/** Draw the list for a state; `open(id)` when one is chosen. A row is drawn anew only where it would look otherwise:
    with two hundred of them everything else is felt at each message. */
export function showList(state, words, open, more) {
  const at = Date.now(), shown = sections(state).map((one) => ({ ...one, rows: one.items.map((item) => looks(item, state, words, at)) }));
  patch($("rows"), shown.length ? shown : [{ title: "", items: [], rows: [], none: true }], {
    key: (section) => section.title.replace(/[ \d]/g, "") || "rest",
    sign: (section) => JSON.stringify([section.title, section.rows, state.filter, state.closed.more, section.items.length ? "" : empty(state)]),
    create: () => { const box = make("section"); box.append(make("h2"), make("ul")); return box; },
    fill: (box, section) => {
      const [head, list] = box.children;
      head.textContent = section.title;
      head.hidden = !section.title;
      box.querySelector(".empty")?.remove();
      box.querySelector(".more")?.remove();
      patch(list, section.rows, {
        key: (one) => one.id, sign: (one) => JSON.stringify(one), create: (one) => row(one, open), fill: (element, one) => entry(element.firstElementChild, one),
      });
      if (section.none || !section.items.length) box.append(make("p", "empty", empty(state)));
      if (state.filter === "closed" && !state.found && state.closed.more) {
        const button = make("button", "more plain", "更早的");
        button.type = "button";
        button.addEventListener("click", more);
        box.append(button);
      }
    },
  });
  const many = counts(state);
  for (const button of $("filters").children) {
    const name = button.dataset.filter;
    button.setAttribute("aria-pressed", String(name === state.filter && !state.found));
    button.textContent = { all: "全部", waiting: "等待", mine: "我的", closed: "已结束" }[name] + (many[name] ? ` ${many[name]}` : "");
  }
  $("narrow").hidden = state.filter !== "closed" || Boolean(state.found);
}

const empty = (state) => (state.found ? "没有找到。可以用完整的手机号、订单号、工单号，或对话里说过的话来找。"
  : { all: "目前没有客户在等待。", waiting: "目前没有客户在等待。", mine: "您现在没有正在服务的客户。", closed: "没有符合条件的对话。" }[state.filter]);

function row(item, open) {
  const line = make("li"), button = make("button", "entry");
  button.type = "button";
  button.addEventListener("click", () => open(item.id));
  line.append(button);
  return line;
}

/** All that is drawn of one. */
function looks(item, state, words, at) {
  const unread = item.mine ? item.unread : 0, danger = item.urgent && item.state === "waiting";
  return {
    id: item.id, className: `entry${item.offered_me ? " offered" : ""}${danger ? " urgent" : ""}`, here: item.id === state.current, by: SHORT[item.channel] ?? item.channel, who: who(item),
    badges: [item.tier !== "basic" && [item.tier, TIER[item.tier] ?? item.tier], danger && ["bad", "紧急"], item.kind === "message" && ["warn", KIND.message],
      item.labels?.length && ["label", `${words.labels?.[item.labels[0]] ?? item.labels[0]}${item.labels.length > 1 ? ` +${item.labels.length - 1}` : ""}`]].filter(Boolean),
    text: text(item, words), unread, note: unread ? "" : note(item, words, state, at), age: age(item, state, at),
  };
}

function entry(button, { className, here, by, who: name, badges, text: words, unread, note: said, age: [looksLike, old] }) {
  button.className = className;
  if (here) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
  const first = make("span"), what = make("span", `what${unread ? " unread" : ""}`), marks = make("span", "age");
  first.append(make("span", "by", by), make("span", "who", name), ...badges.map(([kind, title]) => make("span", `badge ${kind}`, title)));
  what.append(make("span", "text", words));
  if (unread) marks.append(make("span", "count-new", unread), make("span", "sr", "条未读"));
  else marks.append(said);
  button.replaceChildren(first, make("span", looksLike, old), what, marks);
}

/** The first line's end: how long one waits, or how old the newest line is; its class, then its words. */
function age(item, state, at) {
  if (item.state === "waiting") {
    const waited = since(state, item.requested_at, at);
    return [`age ${pressure(waited, item.promised)}`, `等${brief(waited)}`];
  }
  if (item.state === "closed") return ["age", ago(item.closed_at ?? item.requested_at)];
  const open = item.last?.author === "customer" && !asleep(state, item, at) ? since(state, item.last.at, at) : 0;
  return [`age ${item.mine ? pressure(open, 180) : ""}`, brief(since(state, item.last?.at ?? item.requested_at, at))];
}

/** The second line: the newest words, or why somebody waits. */
function text(item, words) {
  if (item.found) return item.found;
  if (item.state === "waiting") {
    const skill = item.skill === "general" ? "" : words.skills[item.skill] ?? item.skill;
    return [...new Set([item.title, REASON[item.reason] ?? item.reason, skill])].filter(Boolean).join(" · ");
  }
  const last = item.last;
  if (!last) return item.title ?? "";
  return (last.author === "customer" ? "" : `${AUTHOR[last.author] ?? ""}：`) + last.text;
}

/** The second line's end: the place, who has it, what came of it. */
function note(item, words, state, at) {
  if (item.state === "waiting") return item.offered_to && !item.offered_me ? `已分给${item.offered_to}` : item.offered_me ? "请接入" : `${item.skill === "general" ? "" : "组内"}第${item.place}位`;
  if (item.state === "closed") return [words.codes[item.code], RATING[item.rating]].filter(Boolean).join(" · ") || (item.agent ? "" : "客户离开");
  if (!item.mine) return item.called ?? "";
  if (asleep(state, item, at)) return until(item.aside, at + state.skew);
  const silent = item.last && item.last.author !== "customer" ? since(state, item.last.at, at) : 0;
  return silent > words.idleAfter ? "客户没有回应" : "";
}
