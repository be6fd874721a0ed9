// Ready answers: a slash at the beginning, or the button, opens them; words after it narrow them down.

import { $, make } from "./make.js";
import { filled } from "./state.js";

const box = { all: [], shown: [], at: 0, values: () => ({}), took: () => null, says: () => "" };

/** Use these answers; `values()` fills their gaps, `took(reply)` is told which was taken, `says(then)` what it also does. */
export function canned(replies, { values, took, says }) {
  Object.assign(box, { all: replies, values, took, says });
}

export const isOpen = () => !$("canned").hidden;

export function close() {
  $("canned").hidden = true;
  $("text").removeAttribute("aria-activedescendant");
}

/** Show those that fit what is written after the slash. */
export function look(text) {
  if (!text.startsWith("/")) return close();
  const words = text.slice(1).trim();
  box.shown = box.all.filter((one) => !words || one.title.includes(words) || one.text.includes(words));
  box.at = 0;
  draw();
}

function draw() {
  const list = $("canned");
  list.hidden = !box.shown.length;
  list.replaceChildren(...box.shown.map((one, number) => {
    const line = make("li", "", one.title);
    line.id = `canned-${number}`;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", String(number === box.at));
    line.append(make("small", "", [filled(one.text, box.values()), one.then && `［${box.says(one.then)}］`].filter(Boolean).join(" ")));
    line.addEventListener("mousedown", (event) => { event.preventDefault(); take(number); });
    return line;
  }));
  if (!list.hidden) {
    $("text").setAttribute("aria-activedescendant", `canned-${box.at}`);
    list.children[box.at].scrollIntoView({ block: "nearest" });
  }
}

/** Put one into the box, with its gaps filled. */
function take(number) {
  const text = $("text"), one = box.shown[number];
  text.value = filled(one.text, box.values());
  close();
  box.took(one);
  text.dispatchEvent(new Event("input"));
  text.focus();
}

/** A key while they are open; true when it was for them. */
export function key(event) {
  if (!isOpen()) return false;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    box.at = (box.at + (event.key === "ArrowDown" ? 1 : -1) + box.shown.length) % box.shown.length;
    draw();
  } else if (event.key === "Enter" || event.key === "Tab") {
    take(box.at);
  } else if (event.key === "Escape") {
    close();
  } else {
    return false;
  }
  event.preventDefault();
  event.stopPropagation();
  return true;
}
