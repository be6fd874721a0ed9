// The keyboard: Alt and a letter, wherever the focus is, so that nothing is typed by mistake; ? for the sheet.

import { make } from "./make.js";
import { show } from "./dialog.js";

const SHEET = [
  ["KeyN", "Alt+N", "下一位该处理的客户（未读、分配给您、等待）"], ["ArrowDown", "Alt+↓", "列表里的下一位"], ["ArrowUp", "Alt+↑", "列表里的上一位"], ["KeyA", "Alt+A", "接入"],
  ["KeyR", "Alt+R", "回到回复框"], ["KeyK", "Alt+K", "快捷回复（或在空的回复框里按 /）"], ["KeyQ", "Alt+Q", "代查：替客户问余额、账单…"], ["KeyB", "Alt+B", "写备注"],
  ["KeyT", "Alt+T", "转接"], ["KeyG", "Alt+G", "放回队列"], ["KeyZ", "Alt+Z", "搁置，或现在处理"], ["KeyL", "Alt+L", "标签"], ["KeyE", "Alt+E", "结束对话"], ["KeyI", "Alt+I", "客户资料（窄屏）"], ["KeyS", "Alt+S", "查找"],
  ["Digit1", "Alt+1…4", "全部、等待、我的、已结束"], ["KeyP", "Alt+P", "切换在线状态"],
];

/** Listen; `does` has an act for each code above, and `filter(number)`. */
export function listen(does) {
  addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || event.isComposing) return;
    const typing = event.target.closest?.("input, textarea, select");
    if (!event.altKey && !event.ctrlKey && !event.metaKey && event.key === "?" && !typing) {
      event.preventDefault();
      return sheet();
    }
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const digit = /^Digit([1-4])$/.exec(event.code);
    const act = digit ? () => does.filter(Number(digit[1]) - 1) : does[event.code];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

export function sheet() {
  const list = make("dl", "sheet");
  for (const [, keys, what] of [...SHEET, ["", "Enter", "发送；Shift+Enter 换行"], ["", "?", "这张表"]]) {
    const name = make("dt");
    name.append(make("kbd", "", keys));
    list.append(name, make("dd", "", what));
  }
  show("快捷键", list);
}
