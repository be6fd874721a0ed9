// Sending a picture or a PDF about a case: fetched when somebody is there to look at it.

Yingting.files((panel, language) => {
  const MOST = 5 * 1024 * 1024, SIDE = 2000, SHRINK = 700 * 1024; // bytes, pixels; pictures beyond are made smaller here
  const SAYS = {
    "zh-CN": {
      attach: "发图片或文件", again: "重新发送", lost: "没有发出去。", bad_type: "只收图片和 PDF 文件。", bad_content: "这个文件打不开，或者里面带有程序，没有收。",
      too_large: "文件超过 5 MB，请缩小后再发。", no_case: "现在没有要处理的投诉或人工服务，文件没有收。", enough: "文件已经够多了，请用文字说明。", too_many: "发得太快了，请过一分钟再发。",
    },
    "zh-TW": {
      attach: "傳送圖片或檔案", again: "重新傳送", lost: "沒有送出。", bad_type: "只收圖片和 PDF 檔案。", bad_content: "這個檔案打不開，或者裡面帶有程式，沒有收。",
      too_large: "檔案超過 5 MB，請縮小後再傳。", no_case: "現在沒有要處理的投訴或真人服務，檔案沒有收。", enough: "檔案已經夠多了，請用文字說明。", too_many: "傳得太快了，請過一分鐘再傳。",
    },
    en: {
      attach: "Send a picture or a file", again: "Send again", lost: "It was not sent.", bad_type: "Only pictures and PDF files are taken.", bad_content: "This file cannot be opened, or has a program in it. It was not taken.",
      too_large: "The file has more than 5 MB. Please send a smaller one.", no_case: "There is no open complaint or conversation with a person: the file was not taken.", enough: "There are enough files already. Please write instead.",
      too_many: "That is too fast. Please try again in a minute.",
    },
  }[language];
  const { link, log, input } = panel, address = new URL("files", link.url.replace(/^ws/, "http"));
  const make = (tag, className = "", text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const picker = Object.assign(make("input"), { type: "file", accept: "image/jpeg,image/png,image/webp,application/pdf", multiple: true, hidden: true });
  const button = Object.assign(make("button", "attach"), { type: "button", title: SAYS.attach });
  button.setAttribute("aria-label", SAYS.attach);
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.5 8.4a1.7 1.7 0 0 1-2.4-2.4L14.6 7");
  drawing.append(path);
  button.append(drawing);
  button.addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => { take(picker.files); picker.value = ""; });
  input.element.insertBefore(button, input.letters);
  input.element.append(picker);
  panel.frame.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length || button.hidden) return;
    event.preventDefault();
    take(event.clipboardData.files);
  });
  panel.frame.addEventListener("dragover", (event) => event.preventDefault());
  panel.frame.addEventListener("drop", (event) => { event.preventDefault(); if (!button.hidden) take(event.dataTransfer.files); });

  /** It is offered while somebody is there for it; the hall looks again. */
  function offer() {
    const ticket = panel.lines.findLast?.((line) => line.card?.kind === "ticket") ?? [...panel.lines].reverse().find((line) => line.card?.kind === "ticket");
    button.hidden = !panel.owner?.state && ticket?.card.stage !== "open";
  }
  for (const type of ["owner", "line", "reset"]) link.addEventListener(type, offer);
  offer();

  let before = Promise.resolve(); // one after the other, in their order
  const take = (files) => [...files].forEach((file) => { before = before.then(() => send(file, freshId())); });
  const freshId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  async function send(file, cid) {
    const name = file.name.slice(-60) || "file";
    log.addPending({ cid, text: `${file.type.startsWith("image/") ? "［图片］" : "［文件］"}${name}` });
    const row = log.pending.get(cid), body = await smaller(file);
    const code = body.size > MOST ? "too_large" : await sent(name, cid, body);
    if (!code) return log.accepted(cid);
    if (!log.pending.has(cid)) return;
    log.refuse(cid, SAYS[code] ?? SAYS.lost);
    if (SAYS[code] && !["lost", "too_many"].includes(code)) return;
    const again = Object.assign(make("button", "again", SAYS.again), { type: "button" });
    again.addEventListener("click", () => { row.remove(); send(file, cid); });
    row.append(again);
  }

  /** Why it was not taken; "" when it was. */
  async function sent(name, cid, body) {
    try {
      const headers = { Authorization: `Bearer ${link.token}`, "X-Cid": cid, "X-Name": encodeURIComponent(name), "Content-Type": "application/octet-stream" };
      const answer = await fetch(address, { method: "POST", headers, body, credentials: "omit" });
      return answer.ok ? "" : (await answer.json()).error?.code ?? "lost";
    } catch {
      return "lost";
    }
  }

  /** A big picture as a smaller one; whatever cannot be made smaller stays as it is. */
  async function smaller(file) {
    if (!file.type.startsWith("image/") || file.size < SHRINK || !globalThis.createImageBitmap) return file;
    try {
      const picture = await createImageBitmap(file), share = Math.min(1, SIDE / Math.max(picture.width, picture.height)), canvas = make("canvas");
      Object.assign(canvas, { width: Math.round(picture.width * share), height: Math.round(picture.height * share) });
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const made = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", .85); });
      return made && made.size < file.size ? made : file;
    } catch {
      return file;
    }
  }

  return `.attach { flex: none; width: 44px; height: 44px; padding: 10px; border: 0; border-radius: 10px; background: none; color: var(--dim); cursor: pointer; }
.attach:hover { color: var(--ink); } .attach svg { width: 24px; height: 24px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.attach[hidden] { display: none; }
.again { min-height: 44px; padding: 0 14px; border: 1px solid var(--line); border-radius: 10px; background: none; color: var(--ink); font: inherit; cursor: pointer; }`;
});
