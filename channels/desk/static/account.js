// One's own account: who one is, where one is signed in, and the password.

import { get, post } from "./api.js";
import { settings, wear } from "./attention.js";
import { $, button, facts, make } from "./make.js";
import { TROUBLE, ago } from "./words.js";
import { ROLE, knows } from "./people_words.js";

function trouble(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

function failed(error) {
  if (error.status === undefined) throw error;
  if (error.status !== 401) return trouble(TROUBLE[error.code] ?? TROUBLE.other);
  $("body").hidden = true;
  $("sign-in").hidden = false;
}

async function refresh() {
  try {
    const [{ me, role, skills, languages }, { sessions, by_provider: byProvider }] = await Promise.all([get("/api/me"), get("/api/sessions")]);
    $("body").hidden = false;
    $("sign-in").hidden = true;
    $("own-password").hidden = byProvider;
    const who = { skills: [], languages: [], ...me };
    $("mine").replaceChildren(facts([["登录名", who.name], ["名字", who.called], ["工号", who.number], ["角色", ROLE[role] ?? role], ["服务", knows(who, { skills, languages })], ["同时最多", who.at_once ? `${who.at_once} 位` : ""]]));
    $("list").replaceChildren(...sessions.map(session));
    $("others").hidden = sessions.length < 2;
  } catch (error) {
    failed(error);
  }
}

function session(one) {
  const line = make("li"), name = make("p", "name", one.address || "未知地址");
  if (one.here) name.append(make("span", "badge", "这里"));
  line.append(name, make("p", "what", `${ago(one.began_at)}登录，最近操作 ${ago(one.seen_at)}`));
  const acts = make("div", "acts");
  if (!one.here) acts.append(button("退出", () => end({ key: one.key })));
  line.append(acts);
  return line;
}

async function end(which) {
  trouble("");
  try {
    await post("/api/sessions/end", which);
  } catch (error) {
    failed(error);
  }
  await refresh();
  $("list").querySelector("button")?.focus();
}

$("change").addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = $("change-trouble"), wanted = $("new").value;
  problem.hidden = true;
  try {
    if (wanted !== $("again").value) throw { code: "not_the_same", status: 0 };
    await post("/password", { old: $("old").value, new: wanted });
    $("change").reset();
    trouble("密码换好了。");
    await refresh();
  } catch (error) {
    if (error.status === 401) return failed(error);
    problem.textContent = TROUBLE[error.code] ?? TROUBLE.other;
    problem.hidden = false;
  }
});
wear(settings().theme);
$("others").addEventListener("click", () => end({}));
refresh();
