// One script tag embeds the chat:  <script src="…/widget.js" defer></script>
// With data-target="#id" it fills that element; without, a button opens it at the page's corner.
// The page drives it by `Yingting`: open, close, destroy, on, off, setUser.

const script = document.currentScript;
const options = readOptions(script.dataset);
options.lang = languageOf(options.lang);

const listeners = new EventTarget();
let panel = null, wished = null, asked = null; // what the page asked for before the chat was there

function tell(type, detail = {}) { listeners.dispatchEvent(new CustomEvent(type, { detail })); }

function show(yes) {
  if (panel) panel.open(yes);
  else wished = yes;
}

const API = {
  open: () => show(true),
  close: () => show(false),
  destroy() {
    panel?.end();
    panel = null;
    removeEventListener("DOMContentLoaded", begin);
    if (window.Yingting === API) delete window.Yingting;
  },
  on(type, work) {
    work.heard ??= (event) => work(event.detail);
    listeners.addEventListener(type, work.heard);
  },
  off: (type, work) => listeners.removeEventListener(type, work.heard),
  /** Another language's file brings its words. */
  words: (language, own) => { if (language === options.lang) speak(language, own); },
  /** For whom the page vouches: {line, at, signature}, signed by the page's server; null: nobody any more. */
  setUser(user) {
    if (!panel) asked = user;
    else if (user) panel.link.become(user);
    else panel.link.forget();
  },
};

function start() {
  if (window.Yingting !== API || panel) return; // destroyed before it was there
  const address = new URL("ws", script.src);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const link = new Link(address.href), target = options.target && document.querySelector(options.target);
  if (!target) options.target = "";
  link.user = asked;
  panel = new Panel(link, options, tell);
  (target || document.body).append(panel.host);
  link.connect();
  if (wished ?? reopens()) panel.open(true);
  tell("ready");
}

/** Whether it was open on the page before; on a phone it would cover the new one. */
function reopens() {
  try {
    return sessionStorage.getItem("yingting.open") === "1" && matchMedia("(min-width: 481px)").matches;
  } catch {
    return false;
  }
}

/** Fetch the words of another language first; without them it speaks zh-CN. */
function begin() {
  if (options.lang === "zh-CN") return start();
  const words = make("script");
  words.src = new URL(`widget/${options.lang}.js`, script.src);
  words.nonce = script.nonce;
  words.onload = words.onerror = () => { words.remove(); start(); };
  document.head.append(words);
}

window.Yingting = API;
if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
else begin();
