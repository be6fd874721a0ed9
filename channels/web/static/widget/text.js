// Text as it is shown. Everything that is said is data: it becomes text nodes and a few elements, never markup.

function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content.filter((part) => part !== undefined && part !== null));
  return element;
}

function button(className, title, press) {
  const element = make("button", className, title);
  element.type = "button";
  element.addEventListener("click", press);
  return element;
}

/** A drawing of 24 units; `paths` are what is stroked. Hidden from readers: its button has a name. */
function icon(paths) {
  const space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg"), path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", paths);
  svg.append(path);
  return svg;
}

const ICONS = {
  chat: "M4 5h16v11H10l-5 4v-4H4z", close: "M6 6l12 12M18 6L6 18", down: "M5 9l7 7 7-7", more: "M4 7h16M4 12h16M4 17h16",
  send: "M4 12l16-8-6 16-3-7z", done: "M5 13l4 4L19 7",
};

// an address ends before a blank, a quote, or the punctuation of Chinese and of a sentence
const URL_IN_TEXT = /https?:\/\/[^\s<>"'“”‘’，。；！？、（）《》【】]+/gi;
const AMOUNT = /-?\d[\d,]*(?:\.\d+)?\s?(?:元|分钟|分|小时|条|GB|MB|KB|天|个月|次|笔|yuan)(?!套餐)/g;
const BOLD = /\*{3,}|\*\*([^*\n]+)\*\*/g; // the stars of a masked number are no emphasis

/** Text with its http(s) addresses as links; of the hall's own also emphasis, and numbers that stay with their unit. */
function inline(text, rich) {
  const parts = document.createDocumentFragment();
  splitBy(text, URL_IN_TEXT, parts, (found) => {
    const address = found[0].replace(/[.,;:!?)\]]+$/, "");
    const link = make("a", "", address);
    link.href = address;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    return [link, address.length];
  }, (plain, into) => (rich ? emphasised(plain, into) : into.append(plain)));
  return parts;
}

function emphasised(text, into) {
  splitBy(text, BOLD, into, (found) => [found[1] ? make("strong", "", found[1]) : document.createTextNode(found[0]), found[0].length], (plain, inner) => {
    splitBy(plain, AMOUNT, inner, (found) => [make("span", /元|yuan/.test(found[0]) ? "nb money" : "nb", found[0]), found[0].length]);
  });
}

/** Append `text` to `into`: what the expression finds as `element` makes it, what is between as `plain` does. */
function splitBy(text, expression, into, element, plain = (part, target) => target.append(part)) {
  let from = 0;
  for (const found of text.matchAll(expression)) {
    plain(text.slice(from, found.index), into);
    const [made, length] = element(found);
    into.append(made);
    from = found.index + length;
  }
  plain(text.slice(from), into);
}

const LIST_LINE = /^\s*(?:[·•]|[-*](?=\s))\s*(.+)$/, TABLE_LINE = /^\s*\|(.+)\|\s*$/, TABLE_RULE = /^[\s|:-]+$/;

/** What the hall says: paragraphs, lists and tables, all of text nodes. */
function blocks(text) {
  const parts = document.createDocumentFragment();
  let open = null, kind = "";
  const into = (next, tag, className) => {
    if (kind !== next) {
      kind = next;
      open = make(tag, className);
      parts.append(open);
    }
    return open;
  };
  for (const line of text.split("\n")) {
    const item = LIST_LINE.exec(line), row = TABLE_LINE.exec(line);
    if (item) into("list", "ul", "").append(make("li", "", inline(item[1], true)));
    else if (row && TABLE_RULE.test(line)) continue;
    else if (row) into("table", "table", "").append(make("tr", "", ...row[1].split("|").map((cell) => make("td", "", inline(cell.trim(), true)))));
    else addLine(into("text", "p", ""), line);
  }
  return parts;
}

function addLine(paragraph, line) {
  if (paragraph.childNodes.length) paragraph.append("\n");
  paragraph.append(inline(line, true));
}

/** A picture is shown from where the page's own policy would allow it anyhow. */
function pictureSource(source) {
  if (/^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/.test(source)) return source;
  return webAddress(source);
}

/** The http(s) address, or null. */
function webAddress(source) {
  try {
    const url = new URL(source, document.baseURI);
    return /^https?:$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

const yuan = (fen) => `${fen < 0 ? "-" : ""}${Math.floor(Math.abs(fen) / 100)}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
const shortYuan = (fen) => (fen % 100 ? yuan(fen) : String(fen / 100));
const size = (mb) => (mb >= 1024 ? `${+(mb / 1024).toFixed(2)}GB` : `${mb}MB`);
const spaced = (number) => (/^\d{11}$/.test(number) ? number.replace(/(\d{3})(\d{4})/, "$1\u00a0$2\u00a0") : number);

/** The hall's clock: a phone's own may be wrong by hours, which must not say that a payment is too late. */
const hallTime = () => Date.now() + hallTime.skew;
hallTime.skew = 0;

function monthName(month) {
  const [year, number] = month.split("-").map(Number);
  return year === new Date(hallTime()).getFullYear() ? WORDS.month(number) : WORDS.year(year, number);
}

const inShanghai = (options) => new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", ...options });
const CLOCK = inShanghai({ hour: "2-digit", minute: "2-digit", hour12: false });
const DAY = inShanghai({ year: "numeric", month: "long", day: "numeric", weekday: "short" });
const DAY_OF_YEAR = inShanghai({ month: "long", day: "numeric", weekday: "short" });

/** Today, yesterday, or the day with its weekday, as the hall's customers count them. */
function dayName(at) {
  const day = (moment) => DAY.format(moment);
  if (day(at) === day(hallTime())) return WORDS.today;
  if (day(at) === day(hallTime() - 864e5)) return WORDS.yesterday;
  return (at.getFullYear() === new Date(hallTime()).getFullYear() ? DAY_OF_YEAR : DAY).format(at);
}
