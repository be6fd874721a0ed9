// The line at the bottom: a box for words, and for a number or a code a field with its own keyboard and autofill.

const LONGEST = 4000, COUNT_FROM = 3600; // characters
const FIELDS = { number: { inputMode: "tel", autocomplete: "tel-national" }, code: { inputMode: "numeric", autocomplete: "one-time-code" } };

class Input {
  /** `send(text)` is called with what was written. */
  constructor(send) {
    this.send = send;
    this.words = make("textarea", "field");
    this.words.rows = 1;
    this.digits = make("input", "field");
    this.digits.hidden = true;
    for (const field of [this.words, this.digits]) {
      field.enterKeyHint = "send";
      field.addEventListener("keydown", (event) => this.pressed(event));
      field.addEventListener("input", () => this.changed());
    }
    this.letters = button("letters", WORDS.letters, () => { this.ask("words"); this.focus(); });
    this.count = make("p", "count");
    this.count.setAttribute("role", "status");
    this.submitting = make("button", "send", icon(ICONS.send), make("span", "", WORDS.send));
    this.submitting.type = "submit";
    this.element = make("form", "", this.count, this.letters, this.words, this.digits, this.submitting);
    this.element.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.ask("words");
  }

  get field() { return this.digits.hidden ? this.words : this.digits; }
  focus() { this.field.focus(); }

  /** What the hall has asked for: words, number or code. What is written already goes along. */
  ask(kind) {
    if (kind === this.kind) return;
    const written = this.kind ? this.field.value : "", special = FIELDS[kind], had = this.element.contains(this.element.getRootNode().activeElement);
    this.kind = kind;
    this.digits.hidden = this.letters.hidden = !special;
    this.words.hidden = Boolean(special);
    if (special) {
      this.digits.inputMode = special.inputMode;
      this.digits.autocomplete = special.autocomplete;
      this.digits.name = special.autocomplete;
    }
    const label = WORDS[special ? kind : "input"];
    this.field.placeholder = label;
    this.field.setAttribute("aria-label", label);
    this.field.value = written;
    this.changed();
    if (had) this.focus();
  }

  pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submit();
  }

  changed() {
    this.words.style.height = "auto";
    this.words.style.height = `${Math.min(this.words.scrollHeight || 44, 120)}px`;
    const length = this.field.value.length, over = length > LONGEST;
    this.count.hidden = length <= COUNT_FROM;
    this.count.classList.toggle("over", over);
    put(this.count, over ? WORDS.refused.too_long : WORDS.left(LONGEST - length));
    this.submitting.disabled = over;
  }

  submit() {
    const text = this.field.value.trim();
    if (!text || text.length > LONGEST) return;
    this.send(text);
    this.field.value = "";
    this.changed();
    this.focus();
  }
}
