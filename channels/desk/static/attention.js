// What calls an agent who looks elsewhere: the title, the icon, and, when they were turned on, a sound and notices.

const KEY = "desk:settings";
const QUIET = { sound: false, notices: false, theme: "" };
const ICON = (dot) => `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path d="M4 5h24v17H15l-7 6v-6H4z" fill="#0b6b50"/>${dot ? '<circle cx="24" cy="8" r="8" fill="#c5221f"/>' : ""}</svg>`)}`;

let audio = null;

export function settings() {
  try {
    return { ...QUIET, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return { ...QUIET };
  }
}

/** Keep settings and follow them; asks for leave to show notices. */
export async function change(values) {
  const wanted = { ...settings(), ...values };
  if (wanted.notices && globalThis.Notification?.permission === "default") await Notification.requestPermission();
  if (wanted.notices && globalThis.Notification?.permission !== "granted") wanted.notices = false;
  try {
    localStorage.setItem(KEY, JSON.stringify(wanted));
  } catch { /* they hold for this page only */ }
  wear(wanted.theme);
  if (wanted.sound) ring();
  return wanted;
}

export function wear(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

export function mark(title, dot) {
  if (document.title !== title) document.title = title;
  const icon = document.querySelector('link[rel="icon"]'), href = ICON(dot);
  if (icon.href !== href) icon.href = href;
}

/** Say what is new to an agent who is not looking. */
export function call(news, wordsOf) {
  const { sound, notices } = settings();
  if (!news.length) return;
  if (sound) ring();
  if (notices && document.hidden && globalThis.Notification?.permission === "granted") {
    const notice = new Notification(wordsOf(news[0]), { tag: news[0].item.id });
    notice.onclick = () => { focus(); location.hash = `#/talk/${news[0].item.id}`; notice.close(); };
  }
}

function ring() {
  try {
    audio ??= new AudioContext();
    const tone = audio.createOscillator(), loud = audio.createGain(), now = audio.currentTime;
    tone.frequency.setValueAtTime(880, now);
    tone.frequency.setValueAtTime(660, now + 0.12);
    loud.gain.setValueAtTime(0.12, now);
    loud.gain.exponentialRampToValueAtTime(0.001, now + 0.4);
    tone.connect(loud).connect(audio.destination);
    tone.start(now);
    tone.stop(now + 0.4);
  } catch { /* no sound here */ }
}
