// Elements of the desk's pages. What was said is data: text nodes, never markup.

export const $ = (id) => document.getElementById(id);

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined && text !== null) element.textContent = text;
  return element;
}

export function button(title, act, className = "") {
  const element = make("button", className, title);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

/** Names and values; rows without a value are left out. A value may be an element. */
export function facts(rows) {
  const list = make("dl", "facts");
  for (const [name, value, className] of rows) {
    if (value === undefined || value === null || value === "") continue;
    const row = make("div"), cell = make("dd", className ?? "");
    cell.append(value);
    row.append(make("dt", "", name), cell);
    list.append(row);
  }
  return list;
}

/** Bring the children of `root` to `items` by key: what stays keeps its element, so the focus stays, too.
    `fill(element, item)` draws one; it is called only where `sign(item)` changed. */
export function patch(root, items, { key, sign, create, fill }) {
  const old = new Map([...root.children].map((element) => [element.dataset.key, element]));
  let place = root.firstElementChild;
  for (const item of items) {
    const name = String(key(item)), element = old.get(name) ?? create(item), looks = sign(item);
    old.delete(name);
    element.dataset.key = name;
    if (element.dataset.sign !== looks) {
      element.dataset.sign = looks;
      fill(element, item);
    }
    if (element === place) place = place.nextElementSibling;
    else root.insertBefore(element, place);
  }
  for (const element of old.values()) element.remove();
}

export const freshId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
