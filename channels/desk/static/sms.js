// How many SMS a text is on air: always UCS-2, cut into texts of at most 500 units, as channels/sms/rendering.py sends it.

const LONGEST = 500; // UTF-16 units of one text
const WHOLE = 70; // … of a text of one part
const PART = 67; // … of each part of several
const SENTENCE_END = /[。！？!?；;…]+[”’）)]*\s*|\.\s+|\n+/g;
const PAUSE = /[，、,：:\s]+/g;
const LINK = /https?:\/\/[!-~]+/g;
const segmenter = typeof Intl !== "undefined" && Intl.Segmenter ? new Intl.Segmenter("zh", { granularity: "grapheme" }) : null;

/** The parts of `text`; 0 for none. */
export function parts(text) {
  let rest = text.trim(), count = 0;
  while (rest.length > LONGEST) {
    const at = cuttingPoint(rest);
    count += onAir(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return rest ? count + onAir(rest) : count;
}

/** The characters as a reader sees them. */
function clusters(text) {
  return segmenter ? Array.from(segmenter.segment(text), (one) => one.segment) : [...text];
}

/** Where the first text ends: after its last sentence, else a pause, else between two characters. */
function cuttingPoint(text) {
  const borders = new Set([0]);
  let end = 0, used = 0;
  for (const cluster of clusters(text.slice(0, LONGEST + 64))) {
    used += cluster.length;
    borders.add(used);
    if (used <= LONGEST) end = used;
  }
  const links = [...text.matchAll(LINK)];
  const whole = (at) => borders.has(at) && !links.some((link) => link.index < at && at < link.index + link[0].length);
  const head = text.slice(0, LONGEST);
  for (const pattern of [SENTENCE_END, PAUSE]) {
    const ends = [...head.matchAll(pattern)].map((found) => found.index + found[0].length).filter(whole);
    const last = ends[ends.length - 1];
    if (last > head.length / 3 && text.slice(0, last).trim()) return last;
  }
  for (let at = end; at > 0; at -= 1) if (whole(at)) return at;
  return LONGEST;
}

/** The parts of one text, with the spaces that keep characters whole at a border. */
function onAir(text) {
  if (text.length <= WHOLE) return text ? 1 : 0;
  let used = 0;
  for (const cluster of clusters(text)) {
    const left = PART - (used % PART);
    if (left < cluster.length && cluster.length <= PART) used += left;
    used += cluster.length;
  }
  return Math.ceil(used / PART);
}
