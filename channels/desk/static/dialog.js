// One dialog for every question of the desk: fields in, their values out, null when it was left.

import { $, make } from "./make.js";

/** Ask. `fields`: {name, label, kind: text | area | pick | check | checks, options: {value: words}, value, needed, hint, max, type, className}. */
export function ask({ title, text, fields = [], ok = "确定", cancel = "取消" }) {
  const dialog = $("dialog"), form = make("form"), back = document.activeElement;
  form.method = "dialog";
  const head = make("h2", "", title);
  head.id = "dialog-title";
  const buttons = make("div", "buttons"), leave = make("button", "", cancel), done = make("button", "", ok);
  leave.type = "button";
  done.type = "submit";
  if (cancel) buttons.append(leave);
  buttons.append(done);
  form.append(head, ...(text ? [make("p", "hint", text)] : []), ...fields.map(field), buttons);
  dialog.replaceChildren(form);
  return new Promise((resolve) => {
    const end = (values) => {
      if (!form.isConnected) return; // another question is asked already
      dialog.close();
      dialog.replaceChildren();
      if (back?.isConnected) back.focus();
      resolve(values);
    };
    leave.addEventListener("click", () => end(null));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      end(Object.fromEntries(fields.map((one) => [one.name, valueOf(form, one)])));
    });
    dialog.onclose = () => { if (!dialog.open) end(null); }; // by Escape; the event of an earlier question comes late
    dialog.showModal();
    (form.querySelector("[data-first]") ?? form.querySelector("input, textarea, select") ?? done).focus();
  });
}

/** Show something that only has to be read. */
export function show(title, body) {
  const dialog = $("dialog"), back = document.activeElement, head = make("h2", "", title), form = make("form"), done = make("button", "chief", "关闭");
  head.id = "dialog-title";
  form.method = "dialog";
  const buttons = make("div", "buttons");
  buttons.append(done);
  form.append(head, body, buttons);
  dialog.replaceChildren(form);
  dialog.onclose = () => { if (dialog.open) return; dialog.replaceChildren(); if (back?.isConnected) back.focus(); };
  dialog.showModal();
  done.focus();
}

function field(one) {
  if (one.kind === "pick" || one.kind === "checks") return picks(one);
  const label = make("label", one.kind === "check" ? "pick" : one.className ?? "");
  const input = make(one.kind === "area" ? "textarea" : "input");
  input.name = one.name;
  if (one.kind === "check") {
    input.type = "checkbox";
    input.checked = Boolean(one.value);
    label.append(input, one.label);
    return label;
  }
  if (one.type) input.type = one.type;
  input.value = one.value ?? "";
  input.required = Boolean(one.needed);
  if (one.max) input.maxLength = one.max;
  if (one.pattern) input.pattern = one.pattern;
  if (one.numeric) input.inputMode = "decimal";
  if (one.kind === "area") input.rows = 3;
  label.append(make("span", "", one.label), input);
  if (one.hint) label.append(make("span", "", one.hint));
  return label;
}

function picks(one) {
  const set = make("fieldset");
  set.append(make("legend", "", one.label));
  Object.entries(one.options).forEach(([value, words], number) => {
    const label = make("label", "pick"), input = make("input");
    if (one.kind === "checks") Object.assign(input, { type: "checkbox", name: one.name, value, checked: one.value.includes(value) });
    else Object.assign(input, { type: "radio", name: one.name, value, required: one.needed ?? true, checked: value === one.value });
    if (!number && !one.value) input.dataset.first = "";
    label.append(input, words);
    set.append(label);
  });
  return set;
}

function valueOf(form, { name, kind }) {
  if (kind === "checks") return [...form.querySelectorAll(`input[name="${name}"]:checked`)].map((input) => input.value);
  const input = form.elements[name];
  return kind === "check" ? input.checked : input.value.trim();
}
