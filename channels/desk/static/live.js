// How the desk stands, for supervisors: now, by skill, by agent, and what customers did not like.

import { get } from "./api.js";
import { $, make } from "./make.js";
import { num, table } from "./table.js";
import { CHANNEL, PRESENCE, RATING, REASON, ago, brief, span, time, who } from "./words.js";

/** Read and draw it. */
export async function showLive(words) {
  const live = await get("/api/live"), body = $("figures"), down = body.scrollTop;
  $("live-at").textContent = `更新于 ${time(new Date().toISOString())}`;
  body.replaceChildren(
    ...tiles(live),
    table("技能组", ["技能组", "等待", "最久", "在线"], live.skills.map((one) => [words.skills[one.skill] ?? one.skill, num(one.waiting), num(one.waiting ? brief(one.longest) : "—"), num(one.online)])),
    table("坐席", ["坐席", "工号", "状态", "技能", "服务中", "今日结束", "首次回复", "满意"], live.agents.map((one) => agent(one, words))),
    bad(live.bad, words),
  );
  body.scrollTop = down;
}

function tiles(live) {
  const { good, fair, bad: poor } = live.ratings, rated = good + fair + poor;
  const now = [
    ["等待", live.waiting, live.alarms.includes("many")], ["最久", live.waiting ? brief(live.longest) : "—", live.alarms.includes("long")], ["在线坐席", live.online], ["服务中", live.serving],
  ];
  const today = [
    ["结束", live.closed], ["放弃等待", live.left], ["平均等待", live.waited === null ? "—" : brief(live.waited)], ["平均首次回复", live.first_reply === null ? "—" : brief(live.first_reply)],
    ["满意", rated ? `${Math.round((good / rated) * 100)}%` : "—"],
  ];
  return [make("h3", "", "现在"), boxes(now), make("h3", "", "今天"), boxes(today)];
}

function boxes(all) {
  const list = make("dl", "tiles");
  for (const [name, value, alarm] of all) {
    const box = make("div", alarm ? "bad" : "");
    box.append(make("dt", "", name), make("dd", "", value));
    list.append(box);
  }
  return list;
}

function agent(one, words) {
  const skills = one.skills.map((skill) => words.skills[skill] ?? skill).join("、");
  const there = `${PRESENCE[one.presence] ?? one.presence}${one.since && one.presence !== "off" ? `，${time(one.since)}起` : ""}`;
  return [one.called, one.number || "—", there, skills, num(`${one.taken}/${one.at_once}`), num(one.closed), num(one.first_reply === null ? "—" : brief(one.first_reply)), num(one.rated ? `${one.good}/${one.rated}` : "—")];
}

function bad(items, words) {
  const box = make("section"), list = make("ul", "past");
  for (const item of items) {
    const line = make("li"), what = make("p"), link = make("a", "", "打开");
    link.href = `#/talk/${item.id}`;
    what.append(`${who(item)} · ${CHANNEL[item.channel]} · ${item.title ?? REASON[item.reason] ?? item.reason} `, link, make("br"),
      make("small", "", [item.called, words.codes[item.code], RATING[item.rating], `等了${span(item.waited)}`].filter(Boolean).join(" · ")));
    line.append(make("time", "", ago(item.closed_at)), what);
    list.append(line);
  }
  box.append(make("h3", "", `七天内不满意 ${items.length}`), items.length ? list : make("p", "empty", "没有。"));
  return box;
}
