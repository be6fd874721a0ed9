// What an embedding page chooses, by data-* attributes of the script's tag. docs/contracts/widget.md lists them.

const CHOICES = { theme: ["page", "light", "dark"], position: ["right", "left"] };

/** The tag's choices, checked: what is none of them is said in the console and left as it is by default. */
function readOptions(data) {
  const one = (name, fallback) => {
    const given = data[name] ?? fallback;
    if (CHOICES[name].includes(given)) return given;
    console.warn(`yingting: data-${name} is one of ${CHOICES[name].join(", ")}, not ${given}`);
    return fallback;
  };
  return {
    target: data.target ?? "", title: data.title ?? "", greeting: data.greeting ?? "", launcher: data.launcher ?? "",
    lang: data.lang ?? "zh-CN", color: colour(data.color), logo: data.logo && pictureSource(data.logo),
    privacy: webAddress(data.privacy ?? new URL("privacy", script.src).href), theme: one("theme", "page"), position: one("position", "right"),
    hidden: data.launcher === "none",
  };
}

/** `#rgb` or `#rrggbb` as three numbers, or null. */
function colour(text) {
  const found = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text ?? "");
  if (!found) {
    if (text) console.warn(`yingting: data-color is like #0b6b50, not ${text}`);
    return null;
  }
  const digits = found[1].length === 3 ? [...found[1]].map((digit) => digit + digit).join("") : found[1];
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
}

const mix = (from, to, part) => from.map((value, at) => Math.round(value + (to[at] - value) * part));
const rgb = (values) => `rgb(${values.join(" ")})`;
const WHITE = [255, 255, 255], BLACK = [0, 0, 0], INK = [20, 35, 43], DARK = [24, 33, 39];

function luminance(values) {
  const [r, g, b] = values.map((value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const contrast = (one, other) => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};

/** The nearest tint of a colour that can be read on a ground, whatever the page has chosen. */
function readable(values, ground) {
  const towards = luminance(ground) > 0.4 ? BLACK : WHITE;
  for (let part = 0; part < 1; part += 0.05) {
    const tint = mix(values, towards, part);
    if (contrast(tint, ground) >= 4.5) return tint;
  }
  return towards;
}

/** The page's own colour on both themes, as the style sheet's variables. */
function tint(host, values) {
  if (!values) return;
  host.style.setProperty("--mine", rgb(values));
  host.style.setProperty("--mine-ink", rgb(contrast(WHITE, values) >= contrast(INK, values) ? WHITE : INK));
  host.style.setProperty("--accent", rgb(readable(values, host.dataset.theme === "dark" ? DARK : WHITE)));
}

/** Follow the page: dark where it says so by `color-scheme`, by its own wish or, where it leaves it open, the system's. */
function pageIsDark() {
  const style = getComputedStyle(document.documentElement).colorScheme;
  const says = style && style !== "normal" ? style : document.querySelector("meta[name=color-scheme]")?.content ?? "";
  if (!/dark/.test(says)) return false;
  return !/light/.test(says) || matchMedia("(prefers-color-scheme: dark)").matches;
}
