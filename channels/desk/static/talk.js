// The open conversation: who, what was said, and what may be done about it.

import { sent } from "./files.js";
import { $, button, make } from "./make.js";
import { parts } from "./sms.js";
import { acts, asleep } from "./state.js";
import { AUTHOR, CARD, STATE, TIER, date, moment, time, until, who } from "./words.js";

let following = true; // the newest is in sight and stays there, also when the log's height changes

const linked = /https?:\/\/[\w.~:/?#[\]@!$&'()*+,;=%-]+/g;

/** Draw the head and the transcript; `does` are the acts by name, `words` the desk's own. */
export function showTalk(state, does, words) {
  const item = state.talk, may = acts(state, item);
  $("who").textContent = who(item);
  $("marks").replaceChildren(...marks(item, words));
  $("state").textContent = stateOf(state, item, words);
  $("state").className = `${item.state}${item.mine ? " mine" : ""}`;
  const sign = JSON.stringify([item.id, may]);
  if ($("acts").dataset.sign !== sign) {
    $("acts").dataset.sign = sign;
    $("acts").replaceChildren(...buttons(may, does));
  }
  $("answer").hidden = !may.answer;
  transcript(item, words);
}

function marks(item, words) {
  const found = [make("span", `badge ${item.tier}`, TIER[item.tier] ?? item.tier), make("span", `badge ${item.proved ? "" : "warn"}`, item.proved ? "号码已验证" : "号码未验证")];
  if (item.skill !== "general") found.push(make("span", "badge", words.skills[item.skill] ?? item.skill));
  if (item.language !== "zh") found.push(make("span", "badge warn", words.languages?.[item.language] ?? item.language));
  return [...found, ...(item.labels ?? []).map((name) => make("span", "badge label", words.labels?.[name] ?? name))];
}

function stateOf(state, item, words) {
  if (item.mine && asleep(state, item)) return `搁置 · ${until(item.aside, Date.now() + state.skew)}`;
  if (item.state === "taken" && !item.mine) return `${item.called} 服务中`;
  if (item.state === "closed") return [STATE.closed, item.called, words.codes[item.code]].filter(Boolean).join(" · ");
  if (item.state === "waiting" && item.offered_to) return item.offered_me ? "已分给您，请接入" : `已分给${item.offered_to}`;
  return `${STATE[item.state]}${item.state === "waiting" ? ` · 第${item.place}位` : ""}`;
}

function buttons(may, does) {
  return [
    may.take && button("接入", does.take, "chief"), may.read && button("看对话", does.read), may.step_in && button("介入", does.step_in), may.transfer && button("转接", does.transfer),
    may.aside && button("搁置", does.aside), may.take_up && button("现在处理", does.take_up), may.release && button("放回队列", does.release), may.close && button("结束", does.close),
  ].filter(Boolean);
}

/** The number of the last line that is shown of a conversation, 0 where another one is. */
export const lastLine = (id) => {
  const { of, whole, seq } = $("transcript").dataset;
  return of === id && whole === "true" ? Number(seq) : 0;
};

function transcript(item, words) {
  const log = $("transcript");
  if (log.dataset.of !== item.id || log.dataset.whole !== String(item.whole)) {
    log.replaceChildren(...(item.whole ? [] : [make("p", "day", item.state === "waiting" ? "接入后可以看到对话内容。" : "对话内容只给服务的坐席和说明原因的主管看。")]));
    Object.assign(log.dataset, { of: item.id, seq: 0, day: "", whole: item.whole });
    following = true;
  }
  const fresh = item.transcript.filter((line) => line.seq > Number(log.dataset.seq));
  for (const line of fresh) {
    if (log.dataset.day !== date(line.at)) log.append(make("span", "day", date(line.at)));
    log.dataset.day = date(line.at);
    log.append(said(line, item, words));
    log.dataset.seq = line.seq;
  }
  if (fresh.length && !following) $("newer").hidden = false;
  follow();
}

/** Keep the end of the transcript in sight unless the agent has scrolled away; `force` after an answer. */
export function follow(force = false) {
  const log = $("transcript");
  following ||= force;
  if (following) {
    log.scrollTop = log.scrollHeight;
    $("newer").hidden = true;
  }
}

export function watchTranscript() {
  $("transcript").addEventListener("scroll", ({ target }) => {
    following = target.scrollHeight - target.scrollTop - target.clientHeight < 60;
    if (following) $("newer").hidden = true;
  });
  $("newer").addEventListener("click", () => { follow(true); $("text").focus(); });
  new ResizeObserver(() => follow()).observe($("transcript"));
}

function said(line, item, { why }) {
  const row = make("div", `said ${line.author}`), head = [AUTHOR[line.author] ?? line.author, time(line.at)];
  row.dataset.seq = line.seq;
  const texts = item.channel === "sms" && line.author !== "customer" && line.text ? parts(line.text) : 0;
  if (texts > 1) head.push(`${texts}条短信`);
  if (line.card && line.author !== "customer" && !line.card.file) head.push(`卡片：${CARD[line.card.kind] ?? "资料"}`);
  const small = make("small", "", head.join(" · "));
  small.title = moment(line.at);
  const file = line.author === "customer" ? line.card?.kind === "file" && line.card : line.card?.file;
  if (file) row.append(small, sent(file, `/desk/api/handoffs/${encodeURIComponent(item.id)}/files/`, why, line.author));
  else row.append(small, words(line.text));
  if (line.choices.length) row.append(make("small", "choices", `选项：${line.choices.join("、")}`));
  if (line.image) row.append(make("small", "choices", "［图片］"));
  return row;
}

/** A text with its addresses as links, which open apart. */
function words(text) {
  const box = make("p");
  let at = 0;
  for (const found of text.matchAll(linked)) {
    const link = make("a", "", found[0]);
    Object.assign(link, { href: found[0], target: "_blank", rel: "noopener noreferrer nofollow" });
    box.append(text.slice(at, found.index), link);
    at = found.index + found[0].length;
  }
  box.append(text.slice(at));
  return box;
}
