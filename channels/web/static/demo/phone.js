// The demonstration's phone: the SMS side without a gateway.
"use strict";

const EVERY = 1000; // milliseconds between polls for new texts

const $ = (id) => document.getElementById(id);
const main = document.querySelector("main");
const texts = $("texts"), line = $("line"), form = $("compose"), input = $("text"), trouble = $("trouble");
const phone = { number: "", after: "", seen: new Set(), round: 0, loaded: false };

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

const spaced = (number) => `${number.slice(0, 3)} ${number.slice(3, 7)} ${number.slice(7)}`;

/** Text with its http(s) addresses as links; everything else stays text. */
function linked(text) {
  const parts = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(/https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/gi)) {
    const link = make("a", "", found[0]);
    link.href = found[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    parts.append(text.slice(from, found.index), link);
    from = found.index + found[0].length;
  }
  parts.append(text.slice(from));
  return parts;
}

function show(message) {
  const mine = message.from === "me";
  const row = make("div", mine ? "text me" : "text hall");
  const bubble = make("div", "bubble");
  bubble.append(make("span", "sr", mine ? "您：" : `${main.dataset.brand}：`), linked(message.text));
  row.append(bubble);
  if (message.parts > 1) row.append(make("small", "parts", `长短信，按 ${message.parts} 条计`));
  texts.append(row);
  texts.scrollTop = texts.scrollHeight;
  if (!mine && phone.loaded && main.dataset.shown === "web") $("new").hidden = false;
}

function say(problem) {
  trouble.textContent = problem;
  trouble.hidden = !problem;
}

async function look() {
  const round = phone.round;
  try {
    const answer = await fetch(`/demo/phone/${phone.number}${phone.after && "?after=" + encodeURIComponent(phone.after)}`);
    if (!answer.ok) throw new Error(String(answer.status));
    const { messages, cursor } = await answer.json();
    if (round !== phone.round) return;
    phone.after = cursor;
    for (const message of messages) {
      if (phone.seen.has(message.id)) continue;
      phone.seen.add(message.id);
      show(message);
    }
    phone.loaded = true;
    say("");
  } catch {
    if (round === phone.round) say("连接不上，正在重试…");
  }
}

async function send(text) {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const body = JSON.stringify({ msisdn: phone.number, text, id });
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    const answer = await fetch("/demo/phone", { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => null);
    if (answer?.ok) return look();
    if (answer && answer.status < 500 && answer.status !== 429) return say("这条短信没有被接受。");
    say("没有发出去，正在重试…");
    await new Promise((later) => setTimeout(later, wait));
  }
}

function use(number) {
  Object.assign(phone, { number, after: "", seen: new Set(), round: phone.round + 1, loaded: false });
  texts.replaceChildren();
  $("who").textContent = line.selectedOptions[0]?.dataset.shown ?? "";
  look();
}

async function start() {
  const { customers } = await (await fetch("/demo/customers")).json();
  for (const { msisdn, carrier, city, shown } of customers) {
    const option = new Option(`${spaced(msisdn)}　${carrier} ${city}`, msisdn);
    option.dataset.shown = shown;
    line.append(option);
  }
  if (!customers.length) return say("这家运营商没有演示号码。");
  use(customers[0].msisdn);
  for (const element of form.elements) element.disabled = false;
  setInterval(() => document.hidden || look(), EVERY);
}

function pane(shown) {
  main.dataset.shown = shown;
  for (const name of ["web", "sms"]) {
    const tab = $("tab-" + name);
    tab.setAttribute("aria-selected", String(name === shown));
    tab.tabIndex = name === shown ? 0 : -1;
  }
  if (shown === "sms") {
    $("new").hidden = true;
    texts.scrollTop = texts.scrollHeight;
  }
}

$("tab-web").addEventListener("click", () => pane("web"));
$("tab-sms").addEventListener("click", () => pane("sms"));
document.querySelector(".tabs").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const other = main.dataset.shown === "web" ? "sms" : "web";
  pane(other);
  $("tab-" + other).focus();
});
line.addEventListener("change", () => use(line.value));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (!text) return;
  input.value = "";
  send(text);
});
input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});
start();
