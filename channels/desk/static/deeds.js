// What an agent does to the open conversation: each asks what it needs, then does it.

import { get, post } from "./api.js";
import { ask } from "./dialog.js";
import { $, button, freshId, make } from "./make.js";
import { acts } from "./state.js";
import { CARD, PRESENCE } from "./words.js";

const HOUR = 3600000, DAY = 24 * HOUR, ZONE = 8 * HOUR; // milliseconds; Shanghai has no summer time

/** Until when one may put something aside at `at`: what it is called, and the moment. */
function later(at) {
  const midnight = Math.floor((at + ZONE) / DAY) * DAY - ZONE, weekday = new Date(midnight + ZONE).getUTCDay();
  return {
    hour: { words: "1小时后", at: at + HOUR }, three: { words: "3小时后", at: at + 3 * HOUR }, tomorrow: { words: "明天 9:00", at: midnight + DAY + 9 * HOUR },
    monday: { words: "下周一 9:00", at: midnight + ((8 - weekday) % 7 || 7) * DAY + 9 * HOUR }, reply: { words: "客户回复时（最多14天）", at: at + 14 * DAY - 60000 },
    at: { words: "指定时间", at },
  };
}

/** The deeds by name, for a desk and its ways to act, answer, fail and go on. */
export function deeds({ desk, draw, act, answer, failed, settle, edited, refresh, dropAsked }) {
  const may = (name) => desk.state.talk && acts(desk.state, desk.state.talk)[name];
  const path = (what) => `/api/handoffs/${encodeURIComponent(desk.state.current)}/${what}`;
  return {
    async take() { if (may("take")) await act("take"); },
    async step_in() { if (await ask({ title: "介入这个对话？", text: "对话由您接手，原来的坐席不能再回复；他没发出的内容留在他的页面上。", ok: "介入" })) await act("step_in"); },
    async release() {
      if (may("release") && await ask({ title: "放回队列？", text: "客户会被告知正在安排下一位，排在最前面。", ok: "放回" })) await act("release");
    },
    async aside() {
      if (!may("aside")) return;
      const { state } = desk, at = Date.now() + state.skew, times = later(at);
      const said = await ask({ title: "搁置", text: "到时候会提醒您；客户一有新消息，也会马上回到“我的”。先告诉客户什么时候答复。", ok: "搁置", fields: [
        { name: "when", kind: "pick", label: "到什么时候", options: Object.fromEntries(Object.entries(times).map(([name, one]) => [name, one.words])) },
        { name: "at", label: "指定的时间", type: "datetime-local", className: "moment" }, { name: "note", kind: "area", label: "给自己或同事的说明（可不写）", max: 500 }] });
      if (!said) return;
      const until = said.when === "at" ? (said.at ? `${said.at}:00+08:00` : "") : new Date(times[said.when].at).toISOString();
      await act("aside", { id: freshId(), until: until || new Date(0).toISOString(), seq: state.talk.last?.seq ?? 0, note: said.note });
    },
    async take_up() { if (may("take_up")) await act("aside", { until: null }); },
    async label() {
      if (!may("label")) return;
      const said = await ask({ title: "标签", fields: [{ name: "labels", kind: "checks", label: "这次对话", options: desk.words.labels, value: desk.state.talk.labels }], ok: "保存" });
      if (said) await act("label", said);
    },
    async transfer() {
      if (!may("transfer")) return;
      const { colleagues } = await get("/api/colleagues").catch((error) => { failed(error); return { colleagues: [] }; });
      const there = colleagues.filter((one) => one.presence === "online" || one.presence === "busy");
      const options = {
        ...Object.fromEntries(there.map((one) => [`agent:${one.name}`, `${one.called}（${PRESENCE[one.presence]}，${one.load}/${one.at_once}）`])),
        ...Object.fromEntries(Object.entries(desk.words.skills).map(([name, words]) => [`skill:${name}`, `技能组：${words}`])),
      };
      const said = await ask({ title: "转接", fields: [{ name: "to", kind: "pick", label: "转给谁", options }, { name: "note", kind: "area", label: "给接手同事的说明（客户看不到）", max: 500 }], ok: "转接" });
      if (!said) return;
      const [kind, name] = said.to.split(/:(.*)/);
      if (await act("transfer", { id: freshId(), [kind]: name, note: said.note })) location.hash = "#/";
    },
    async close() {
      if (!may("close")) return;
      const fields = [{ name: "code", kind: "pick", label: "结果", options: desk.words.codes }, { name: "note", kind: "area", label: "小结（可不写）", max: 500 }];
      const said = await ask({ title: "结束对话", text: "客户会被告知人工服务已结束，由机器人继续。", fields, ok: "结束" });
      if (said) await act("close", said);
    },
    /** What a ready answer does, in words. */
    says: ([kind, what]) => ({ close: `结束对话（${desk.words.codes[what]}）`, transfer: `转给${desk.words.skills[what]}`, ask: `代查“${what}”并发给客户` }[kind]),
    async then([kind, what]) {
      if (kind === "close") await act("close", { code: what, note: "" });
      if (kind === "ask") await act("reply", { id: freshId(), query: what });
      if (kind === "transfer" && await act("transfer", { id: freshId(), skill: what, note: "" })) location.hash = "#/";
    },
    async read() {
      const said = await ask({ title: "看对话", text: "对话由别人服务或已经结束。会记下是您看的和原因。", fields: [{ name: "why", kind: "area", label: "为什么要看", needed: true, max: 200 }], ok: "看" });
      if (said?.why.length < 2 || !said) return;
      desk.reasons.set(desk.state.current, said.why);
      await refresh();
    },
    async reveal() {
      const said = await ask({ title: "看完整号码", text: "会记下是您看的和原因。", fields: [{ name: "why", kind: "pick", label: "原因", options: desk.words.reveals }], ok: "查看" });
      if (!said) return;
      const id = desk.state.current;
      try {
        const { number } = await post(path("reveal"), { id: freshId(), why: said.why });
        if (desk.state.current !== id) return;
        desk.revealed = number.replace(/(\d{3})(\d{4})(\d{4})/, "$1 $2 $3");
        draw();
      } catch (error) {
        failed(error);
      }
    },
    async note(text) {
      const said = text.value.trim();
      text.value = "";
      if (!await act("note", { id: freshId(), text: said })) text.value = said;
    },
    async askFor() {
      if (!may("answer")) return;
      const said = await ask({ title: "代查", text: "替客户问一句，看过再发给他。", fields: [{ name: "text", label: "问什么", needed: true, max: 60, hint: "如：查余额、上个月账单、流量还剩多少、我的套餐、积分、最近的订单" }], ok: "查" });
      if (!said) return;
      try {
        const { answers } = await post(path("query"), { text: said.text });
        const box = $("asked"), row = make("div");
        row.append(button("不发", () => { dropAsked(); $("text").focus(); }), button("放进回复框", () => { $("text").value = answers.map((one) => one.text).join("\n"); dropAsked(); edited(); $("text").focus(); }),
          button("发给客户", () => answer(said.text), "chief"));
        box.replaceChildren(make("strong", "", `代查“${said.text}”${answers.some((one) => one.card) ? ` · 附${answers.map((one) => CARD[one.card?.kind]).filter(Boolean).join("、")}卡片` : ""}`),
          make("p", "", answers.map((one) => one.text).join("\n")), row);
        box.hidden = false;
        row.lastElementChild.focus();
      } catch (error) {
        failed(error);
      }
    },
  };
}
