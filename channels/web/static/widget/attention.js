// What a customer notices while the chat is closed or the page is in the background: badge, preview, title, sound.

class Attention {
  /** `opened()` tells whether the chat is in sight; `show(count, line)` is called when something was read or not. */
  constructor(link, opened, show) {
    this.link = link;
    this.opened = opened;
    this.show = show;
    this.unread = [];
    this.title = "";
    this.last = 0;
    addEventListener("storage", (event) => event.key === "yingting.read" && this.readElsewhere(), { signal: link.ended.signal });
  }

  /** Another tab has shown it. */
  readElsewhere() {
    const left = this.unread.filter((line) => line.seq > this.read);
    if (left.length === this.unread.length) return;
    this.unread = left;
    this.tell();
  }

  get read() { return Number(this.link.storage.getItem("yingting.read")) || 0; }
  get sound() { return this.link.storage.getItem("yingting.sound") === "on"; }
  set sound(on) { keep(this.link.storage, "yingting.sound", on ? "on" : "off"); }

  forget() {
    this.last = 0;
    this.unread = [];
    this.tell();
  }

  heard(line, loading) {
    this.last = Math.max(this.last, line.seq);
    if (line.author === "customer" || line.seq <= this.read) return;
    if (this.opened()) return this.seen();
    this.unread.push(line);
    if (this.sound && !loading) beep();
    this.tell();
  }

  /** Everything up to now is read. */
  seen() {
    keep(this.link.storage, "yingting.read", String(this.last));
    if (!this.unread.length) return;
    this.unread = [];
    this.tell();
  }

  tell() {
    const count = this.unread.length;
    this.title ||= document.title;
    if (count) document.title = `(${count}) ${this.title}`;
    else if (this.title) [document.title, this.title] = [this.title, ""];
    this.show(count, this.unread[count - 1]);
  }
}

/** Two short notes, made here: no file, nothing to load. */
function beep() {
  try {
    const audio = new AudioContext(), gain = audio.createGain();
    gain.gain.setValueAtTime(0.08, audio.currentTime);
    gain.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
    gain.connect(audio.destination);
    [660, 880].forEach((pitch, at) => {
      const note = audio.createOscillator();
      note.frequency.value = pitch;
      note.connect(gain);
      note.start(audio.currentTime + at * 0.12);
      note.stop(audio.currentTime + at * 0.12 + 0.2);
    });
    setTimeout(() => audio.close(), 800);
  } catch {
    // a browser that plays nothing before it was touched: the badge says it
  }
}
