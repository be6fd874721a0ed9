// A table that scrolls where it is wider than its place, also by keys.

import { make } from "./make.js";

/** A cell that holds a number. */
export const num = (value) => ({ value, className: "n" });

/** `rows` of cells: words, or what `num` gives. `level`: of its heading. */
export function table(title, heads, rows, level = "h3") {
  const box = make("section", "wide"), grid = make("table"), head = make("tr"), numbers = (rows[0] ?? []).map((cell) => cell?.className);
  box.tabIndex = 0;
  box.setAttribute("aria-label", title);
  heads.forEach((name, at) => {
    const cell = make("th", numbers[at] ?? "", name);
    cell.scope = "col";
    head.append(cell);
  });
  grid.append(head);
  for (const row of rows) {
    const line = make("tr");
    line.append(...row.map((cell) => make("td", cell?.className ?? "", cell?.className ? cell.value : cell)));
    grid.append(line);
  }
  box.append(make(level, "", title), grid);
  return box;
}
