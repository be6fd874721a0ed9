// Files: one that was sent, a picture to be seen and the file to be saved, never opened in a page; and one for the customer.

import { ask } from "./dialog.js";
import { $, freshId, make } from "./make.js";

const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`);

/** `folder`: the address before its id; `why`: the reason of a supervisor who looks at somebody else's. */
export function sent(file, folder, why = "", author = "customer") {
  const box = make("div", "sent"), link = make("a", "", file.name), line = make("span");
  const address = `${folder}${encodeURIComponent(file.id)}${why ? `?reason=${encodeURIComponent(why)}` : ""}`;
  if (file.type.startsWith("image/")) {
    const picture = make("img");
    Object.assign(picture, { src: address, alt: `${author === "customer" ? "客户发来的" : "发给客户的"}图片：${file.name}`, loading: "lazy" });
    box.append(picture);
  }
  Object.assign(link, { href: address, download: file.name });
  line.append(link, make("small", "", ` ${size(file.size)}，点一下保存`));
  box.append(line);
  return box;
}

const MOST = 5 * 1024 * 1024; // bytes

/** Lets an agent send pictures and PDF files: by the button, pasted, or dropped on the answer. `give(file, id)` sends one. */
export function giving({ may, channel, give, fail }) {
  const picker = $("file");

  async function offer(files) {
    const file = files[0];
    if (!file || !may()) return;
    if (file.size > MOST) return fail({ status: 413, code: "too_large" });
    const how = channel() === "sms" ? "客户会收到一条短信，里面的链接七天内可以打开。" : "客户在对话里打开，七天内有效。";
    if (await ask({ title: "把文件发给客户？", text: `${file.name}（${size(file.size)}）。${how}`, ok: "发送" })) await give(file, freshId());
    $("text").focus();
  }

  $("open-file").addEventListener("click", () => picker.click());
  picker.addEventListener("change", async () => { const files = [...picker.files]; picker.value = ""; await offer(files); });
  $("text").addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    offer([...event.clipboardData.files]);
  });
  for (const type of ["dragover", "drop"]) $("talk").addEventListener(type, (event) => {
    event.preventDefault(); // or the browser opens it in place of the page
    if (type === "drop") offer([...event.dataTransfer.files]);
  });
}
