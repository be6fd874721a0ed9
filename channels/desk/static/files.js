// A file that a customer sent: a picture to be seen, and the file to be saved. It is never opened in a page.

import { make } from "./make.js";

const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`);

/** `folder`: the address before its id; `why`: the reason of a supervisor who looks at somebody else's. */
export function sent(file, folder, why = "") {
  const box = make("div", "sent"), link = make("a", "", file.name), line = make("span");
  const address = `${folder}${encodeURIComponent(file.id)}${why ? `?reason=${encodeURIComponent(why)}` : ""}`;
  if (file.type.startsWith("image/")) {
    const picture = make("img");
    Object.assign(picture, { src: address, alt: `客户发来的图片：${file.name}`, loading: "lazy" });
    box.append(picture);
  }
  Object.assign(link, { href: address, download: file.name });
  line.append(link, make("small", "", ` ${size(file.size)}，点一下保存`));
  box.append(line);
  return box;
}
