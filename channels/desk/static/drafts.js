// What was written and not sent, for each conversation. It outlives a reload and the end of a session, not the window.

const key = (agent, id) => `desk:draft:${agent}:${id}`;

function kept(work) {
  try {
    return work(sessionStorage);
  } catch {
    return null; // full or forbidden: the draft lives in the box only
  }
}

export const draftOf = (agent, id) => kept((box) => box.getItem(key(agent, id))) ?? "";

export const keepDraft = (agent, id, text) => kept((box) => (text ? box.setItem(key(agent, id), text) : box.removeItem(key(agent, id))));
