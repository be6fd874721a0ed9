// Learning now what was reviewed, and the report of what it changed.

import { get, post } from "./api.js";
import { $, make } from "./make.js";
import { ago } from "./words.js";

const LOOK_EVERY = 3000; // while it learns
const STATE = {
  idle: "已定的说法还没有学。学习要几分钟，期间照常服务。", running: "正在学习，要几分钟；这一页可以离开。", done: "学好了，已经在用。",
  worse: "学完以后测试变差了，没有启用，仍用原来的。请先看看下面混淆的，再复核一遍。", failed: "没有学成，仍用原来的；请告诉系统运维。",
};
const percent = (part, whole) => `${((part / whole) * 100).toFixed(1)}%`;

/** Show how it stands. `title(intent)`: its name; `failed(error)`: tells what went wrong. */
export function learning({ title, failed }) {
  const look = async () => {
    try {
      show(await get("/api/learning"));
    } catch (error) {
      failed(error);
    }
  };

  function show({ state, by, ended_at: ended, report }) {
    $("learn").disabled = state === "running";
    $("learning-state").textContent = [STATE[state], ended ? `${ago(ended)}，${by}` : ""].filter(Boolean).join(" ");
    $("report").replaceChildren(...told(report, title));
    if (state === "running") setTimeout(look, LOOK_EVERY);
  }

  $("learn").addEventListener("click", async () => {
    try {
      show(await post("/api/learning"));
    } catch (error) {
      if (error.code === "learning") return look();
      if (error.code === "nothing") return void ($("learning-state").textContent = "还没有已定的说法，先在上面定几条。");
      failed(error);
    }
  });
  look();
}

function told(report, title) {
  if (!report.reviewed) return [];
  const lines = [make("p", "", `复核过的 ${report.reviewed} 种说法：原来懂 ${report.reviewed_before} 种，现在懂 ${report.reviewed_after} 种。`)];
  if (report.tested) lines.push(make("p", "", `测试集 ${report.tested} 句：原来对 ${percent(report.before, report.tested)}，现在对 ${percent(report.after, report.tested)}。`));
  lines.push(...list("现在懂了", report.now_understood.map(([text, intent]) => `${text}（${title(intent)}）`)));
  lines.push(...list("还不懂", report.still_not.map(([text, intent, got]) => got === "unsure" ? `${text}（是${title(intent)}，还拿不准，会先问客户）` : `${text}（是${title(intent)}，当成了${title(got)}）`)));
  lines.push(...list("比原来更容易弄混", report.worse.map(([intent, got, was, now]) => `${title(intent)} 当成 ${title(got)}：原来 ${was} 句，现在 ${now} 句`)));
  return lines;
}

function list(name, items) {
  if (!items.length) return [];
  const all = make("ul");
  all.append(...items.map((item) => make("li", "", item)));
  return [make("p", "", `${name}：`), all];
}
