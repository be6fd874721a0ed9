// How many SMS a text is on air: GSM-7 when every character is of its alphabet, else UCS-2.

const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENDED = new Set("\f^{}\\[~]|€"); // two places each

/** The parts of `text`; 0 for none. */
export function parts(text) {
  const characters = [...text];
  if (!characters.length) return 0;
  const narrow = characters.every((c) => BASIC.has(c) || EXTENDED.has(c));
  const sizes = characters.map((c) => (narrow ? (EXTENDED.has(c) ? 2 : 1) : c.length));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= (narrow ? 160 : 70)) return 1;
  return filled(sizes, narrow ? 153 : 67);
}

/** A character is never cut in two, so a part may stay one short. */
function filled(sizes, room) {
  let count = 1, used = 0;
  for (const size of sizes) {
    if (used + size > room) {
      count += 1;
      used = 0;
    }
    used += size;
  }
  return count;
}
