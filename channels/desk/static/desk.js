// The agents' page: sign in, see who waits, take, answer, close.

import { Changes, get, post } from "./api.js";
import { closeOrder, openOrder, refreshMoney } from "./money.js";
import { parts } from "./sms.js";
import { $, follow, showQueue, showTalk } from "./view.js";
import { TROUBLE } from "./words.js";

const desk = { current: null, item: null, unsent: null, timer: null };
const changes = new Changes(refresh, (lost) => trouble(lost ? "连接中断，正在重连…" : ""));

function trouble(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

function failed(error) {
  if (error.status === 401) return signedOut();
  if (error.status === undefined) throw error;
  trouble(TROUBLE[error.code] ?? TROUBLE.other);
}

function signedOut() {
  changes.stop();
  clearInterval(desk.timer);
  Object.assign(desk, { current: null, item: null, unsent: null });
  $("talk").hidden = true;
  closeOrder();
  $("desk").hidden = true;
  $("login").hidden = false;
  $("name").focus();
}

function signedIn() {
  $("login").hidden = true;
  $("desk").hidden = false;
  pane("queue");
  changes.watch(null);
  clearInterval(desk.timer);
  desk.timer = setInterval(refresh, 30000); // waiting times go on while nothing happens
}

/** Read the queue and the open hand-off anew; one reading at a time, the newest wish wins. */
async function refresh() {
  if (desk.reading) {
    desk.again = true;
    return;
  }
  desk.reading = true;
  try {
    const { agent, handoffs } = await get("/api/queue");
    $("me").textContent = agent;
    showQueue(handoffs, desk.current, open);
    await refreshMoney(failed);
    if (desk.current) await readTalk(desk.current);
  } catch (error) {
    failed(error);
  } finally {
    desk.reading = false;
    if (desk.again) {
      desk.again = false;
      refresh();
    }
  }
}

async function readTalk(id) {
  const item = await get(`/api/handoffs/${encodeURIComponent(id)}`);
  if (desk.current !== id) return;
  desk.item = item;
  showTalk(item);
  count();
}

function open(id) {
  if (desk.current !== id) {
    $("text").value = "";
    desk.unsent = null;
  }
  desk.current = id;
  closeOrder();
  $("about").open = matchMedia("(min-width: 861px)").matches;
  pane("talk");
  changes.watch(id);
  refresh();
}

/** An order beside the conversation; closing it leads back. */
function lookUp(number) {
  trouble("");
  openOrder(number, failed);
}

function pane(shown) { document.querySelector("main").dataset.shown = shown; }

/** The count of SMS matters only where each is paid for. */
function count() {
  const number = parts($("text").value.trim());
  $("count").textContent = desk.item?.channel === "sms" && number ? `将按 ${number} 条短信发送` : "";
}

async function act(what, body) {
  trouble("");
  try {
    await post(`/api/handoffs/${encodeURIComponent(desk.current)}/${what}`, body);
    return true;
  } catch (error) {
    failed(error);
    return false;
  } finally {
    refresh();
  }
}

/** The same text keeps its id until it went through: pressing again never sends it twice. */
async function answer() {
  const text = $("text").value.trim();
  if (!text || desk.sending) return;
  desk.sending = true;
  if (desk.unsent?.text !== text) desk.unsent = { text, id: freshId() };
  if (await act("reply", desk.unsent)) {
    desk.unsent = null;
    $("text").value = "";
    count();
    follow(true);
  }
  desk.sending = false;
  $("text").focus();
}

function freshId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

$("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const problem = $("login-trouble");
  problem.hidden = true;
  try {
    const { must_change } = await post("/login", { name: $("name").value.trim(), password: $("password").value, code: $("code").value.trim() });
    if (must_change) return mustChange($("password").value);
    $("password").value = "";
    signedIn();
  } catch (error) {
    problem.textContent = TROUBLE[error.code] ?? TROUBLE.other;
    problem.hidden = false;
  }
});
/** The first password is changed before anything else; `old` is the one that was just typed. */
function mustChange(old) {
  $("password").value = "";
  $("login").hidden = true;
  $("change").hidden = false;
  $("new-password").focus();
  $("change").onsubmit = async (event) => {
    event.preventDefault();
    const problem = $("change-trouble"), wanted = $("new-password").value;
    try {
      if (wanted !== $("new-again").value) throw { code: "not_the_same" };
      await post("/password", { old, new: wanted });
      $("change").reset();
      $("change").hidden = problem.hidden = true;
      signedIn();
    } catch (error) {
      problem.textContent = TROUBLE[error.code] ?? TROUBLE.other;
      problem.hidden = false;
    }
  };
}

$("logout").addEventListener("click", async () => {
  await post("/logout").catch(failed);
  signedOut();
});
$("back").addEventListener("click", () => {
  desk.current = null;
  closeOrder();
  pane("queue");
  changes.watch(null);
});
$("find-order").addEventListener("submit", (event) => {
  event.preventDefault();
  lookUp($("order-no").value.trim().toUpperCase());
});
$("order-close").addEventListener("click", () => {
  closeOrder();
  pane(desk.current ? "talk" : "queue");
  refresh();
});
$("take").addEventListener("click", async () => { if (await act("take")) $("text").focus(); });
$("close").addEventListener("click", () => act("close"));
$("answer").addEventListener("submit", (event) => { event.preventDefault(); answer(); });
$("text").addEventListener("input", count);
$("text").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  answer();
});

get("/api/session").then(({ agent }) => (agent ? signedIn() : signedOut()), signedOut);

// Whoever works keeps the session going; a page that only refreshes itself does not.
let alive = Date.now();
for (const sign of ["keydown", "pointerdown"]) addEventListener(sign, () => {
  if ($("desk").hidden || Date.now() - alive < 5 * 60000) return;
  alive = Date.now();
  post("/api/session/alive").catch(failed);
});
