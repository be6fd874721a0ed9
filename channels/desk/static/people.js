// The people at the desk: their accounts, and what each of them serves.

import { get, post } from "./api.js";
import { settings, wear } from "./attention.js";
import { ask, show } from "./dialog.js";
import { $, button, make } from "./make.js";
import { TROUBLE } from "./words.js";
import { ROLE, STANDING, knows } from "./people_words.js";

const OURS = {
  bad_account: "没有改成：工号已有人用，或者填的内容不合规定（名字最多32个字，工号最多16个字符，同时服务1到20位）。", yourself: "自己的账号要由另一位管理员来改。",
  by_provider: "这个账号由公司统一登录管理，角色和密码在那边改。", no_account: "没有这个账号，列表已更新。",
};
const shown = { people: [], skills: {}, languages: {}, roles: [], mayManage: false, agent: "", atOnce: 4 };

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
    const { agent, may_manage: mayManage, roles, skills, languages, at_once: atOnce, people } = await get("/api/people");
    Object.assign(shown, { agent, mayManage, roles, skills, languages, atOnce, people });
  } catch (error) {
    return failed(error);
  }
  $("body").hidden = false;
  $("sign-in").hidden = $("not-mine").hidden = true;
  $("add").hidden = !shown.mayManage;
  $("me").textContent = shown.agent;
  draw();
}

function draw() {
  const words = $("words").value.trim().toLowerCase();
  const found = shown.people.filter((one) => [one.name, one.called, one.number, ROLE[one.role], knows(one, shown)].join(" ").toLowerCase().includes(words));
  $("list").replaceChildren(...found.map(row));
  $("nothing").hidden = found.length > 0;
}

function row(one) {
  const line = make("li", one.state === "disabled" ? "off" : ""), name = make("p", "name"), acts = make("div", "acts");
  line.dataset.name = one.name;
  name.append(make("span", "", one.called || one.name), ...(one.number ? [make("span", "badge", one.number)] : []), make("span", "badge", ROLE[one.role] ?? one.role),
    ...(one.state === "active" ? [] : [make("span", `badge ${one.state === "disabled" ? "bad" : "warn"}`, STANDING[one.state])]));
  const what = [one.called ? `登录名 ${one.name}` : "", knows(one, shown), one.at_once ? `同时 ${one.at_once} 位` : "", one.second_factor ? "有动态码" : "", one.by_provider ? "公司统一登录" : ""];
  line.append(name, make("p", "what", what.filter(Boolean).join(" · ")), acts);
  acts.append(named(button("资料", () => profile(one)), one));
  if (shown.mayManage && one.name !== shown.agent) acts.append(...manage(one));
  return line;
}

function named(element, one) {
  element.setAttribute("aria-label", `${element.textContent}：${one.called || one.name}`);
  return element;
}

function manage(one) {
  const acts = [];
  if (!one.by_provider) acts.push(button("角色", () => role(one)), button("重设密码", () => password(one)));
  acts.push(one.state === "disabled" ? button("启用", () => act("enable", one)) : button("停用", () => disable(one)));
  return acts.map((element) => named(element, one));
}

/** Do it, and show what came of it; what came is given, or null. */
async function act(what, one, body = {}) {
  trouble("");
  let done = null;
  try {
    done = await post(`/api/people/${what}`, { name: one.name, ...body });
  } catch (error) {
    failed(error);
  }
  await refresh();
  $("list").querySelector(`[data-name="${CSS.escape(one.name)}"] button`)?.focus();
  return done;
}

const fields = (one) => [
  { name: "called", label: "名字（同事看到的）", value: one.called, max: 32 },
  { name: "number", label: "工号（客户看到的）", value: one.number, max: 16 },
  { name: "skills", kind: "checks", label: "技能组", options: shown.skills, value: one.skills },
  { name: "languages", kind: "checks", label: "语言", options: shown.languages, value: one.languages },
  { name: "at_once", label: "同时最多服务几位", value: one.at_once ?? "", numeric: true, pattern: "[0-9]{1,2}", max: 2, hint: `不填就按规定：${shown.atOnce} 位` },
];
const values = ({ at_once: atOnce, ...said }) => ({ ...said, at_once: atOnce ? Number(atOnce) : null });

async function profile(one) {
  const said = await ask({ title: `${one.called || one.name} 的资料`, ok: "保存", fields: fields(one) });
  if (said) await act("profile", one, values(said));
}

const roles = (value) => ({ name: "role", kind: "pick", label: "角色", options: Object.fromEntries(shown.roles.map((name) => [name, ROLE[name] ?? name])), value });

async function role(one) {
  const said = await ask({ title: `${one.called || one.name} 的角色`, ok: "保存", fields: [roles(one.role)] });
  if (said) await act("role", one, said);
}

async function add() {
  const said = await ask({ title: "新建账号", ok: "新建", fields: [
    { name: "name", label: "登录名", needed: true, max: 64, hint: "只用来登录，客户看不到；定了就不再改。" }, roles("agent"), ...fields({ called: "", number: "", skills: ["general"], languages: [], at_once: null }),
  ] });
  if (!said) return;
  const done = await act("add", said, values(said));
  if (done) told(done, "新账号的初始密码");
}

async function password(one) {
  if (!await ask({ title: `重设 ${one.called || one.name} 的密码？`, text: "他现在的登录都会退出，再登录时要用新的初始密码，并马上换掉。", ok: "重设" })) return;
  const done = await act("password", one);
  if (done) told(done, "新的初始密码");
}

async function disable(one) {
  if (await ask({ title: `停用 ${one.called || one.name}？`, text: "他马上退出，不能再登录；手上的客户回到队列。记录都保留。", ok: "停用" })) await act("disable", one);
}

/** A password is seen once. */
function told({ name, password: secret }, title) {
  const box = make("div"), words = make("p", "hint", `只显示这一次。当面或用安全的方式交给 ${name}；第一次登录必须换掉。`);
  box.append(make("code", "secret", secret), words);
  show(title, box);
}

wear(settings().theme);
$("add").addEventListener("click", add);
$("find").addEventListener("submit", (event) => event.preventDefault());
$("words").addEventListener("input", draw);
refresh();
