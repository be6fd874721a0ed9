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
  /** The file of further cards brings how they are drawn, and their style. */
  cards(own) {
    const more = own({ ...TOOLS, words: WORDS }, options.lang);
    Object.assign(Cards.KINDS, more.kinds);
    if (panel) dress(panel.root, more.style);
  },
  /** The file that sends files brings its button, and its style. */
  files(own) { if (panel) dress(panel.root, own(panel, options.lang)); },
  /** For whom the page vouches: {line, at, signature}, signed by the page's server; null: nobody any more. */
  setUser(user) {
    if (!panel) asked = user;
    else if (user) panel.link.become(user);
    else panel.link.forget();
  },
};

const TOOLS = { make, frame, sum, facts, heading, note, goods, link, put, yuan, shortYuan, size, spaced, monthName, inShanghai, webAddress };

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

/** Another file of the widget, which hands over what it has by `Yingting`. */
function fetched(name) {
  return new Promise((done, failed) => {
    const file = make("script");
    file.src = new URL(`widget/${name}.js`, script.src);
    file.nonce = script.nonce;
    file.onload = () => { file.remove(); done(); };
    file.onerror = () => { file.remove(); failed(); };
    document.head.append(file);
  });
}

/** Fetch the words of another language first; without them it speaks zh-CN. */
function begin() {
  if (options.lang === "zh-CN") start();
  else fetched(options.lang).then(start, start);
}

window.Yingting = API;
if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin);
else begin();
