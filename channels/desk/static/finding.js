// What the list shows: words that are looked for, one of its four parts, a label, and what is over.

import { get } from "./api.js";
import { $ } from "./make.js";

const FILTERS = ["all", "waiting", "mine", "closed"];

/** The search and the filters, for a desk and its ways to tell and to fail. */
export function finding({ desk, tell, failed }) {
  async function find() {
    const words = $("words").value.trim();
    if (words.length < 2) return tell({ type: "found", found: null });
    try {
      const { handoffs, orders, tickets } = await get(`/api/search?q=${encodeURIComponent(words)}`);
      tell({ type: "found", found: { words, items: handoffs } });
      if (orders.length) location.hash = `#/order/${orders[0]}`;
      else if (tickets.length && !handoffs.length) location.assign(`/desk/tickets#${tickets[0]}`);
      else $("rows").querySelector(".entry")?.focus();
    } catch (error) {
      failed(error);
    }
  }

  function filter(name) {
    $("words").value = "";
    tell({ type: "filter", filter: name });
    if (name === "closed") closed(0);
  }

  function byLabel() {
    $("words").value = "";
    tell({ type: "label", label: $("by-label").value });
    if (desk.state.filter === "closed") closed(0);
  }

  async function closed(page) {
    const wanted = new URLSearchParams({ agent: $("by-agent").value, code: $("by-code").value, rating: $("by-rating").value, label: $("by-label").value, page });
    try {
      tell({ type: "closed", ...(await get(`/api/closed?${wanted}`)) });
    } catch (error) {
      failed(error);
    }
  }

  function fill(select, names) {
    for (const [name, text] of Object.entries(names ?? {})) if (!select.querySelector(`[value="${name}"]`)) select.append(new Option(text, name));
  }

  $("find").addEventListener("submit", (event) => { event.preventDefault(); find(); });
  $("words").addEventListener("input", () => { if (!$("words").value) tell({ type: "found", found: null }); });
  for (const one of $("filters").children) one.addEventListener("click", () => filter(one.dataset.filter));
  for (const id of ["by-agent", "by-code", "by-rating"]) $(id).addEventListener("change", () => closed(0));
  $("by-label").addEventListener("change", byLabel);
  return {
    closed, filter: (number) => filter(FILTERS[number]),
    /** What one may choose from: the operator's results and labels. */
    offer({ codes, labels }) {
      fill($("by-code"), codes);
      fill($("by-label"), labels);
      $("by-label").hidden = !Object.keys(labels ?? {}).length;
      $("by-label").value = desk.state.label;
    },
  };
}
