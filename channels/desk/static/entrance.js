// The way in: signing in, and the first password, which is changed before anything else.

import { post } from "./api.js";
import { $ } from "./make.js";
import { TROUBLE } from "./words.js";

/** Show the entrance or the desk, as the state says. */
export function enter({ session, why }) {
  const out = session === "out";
  $("entrance").hidden = session === "in";
  $("desk").hidden = session !== "in";
  if (out && $("login").hidden && $("change").hidden) {
    $("login").hidden = false;
    $("name").focus();
  }
  $("why").textContent = why;
  $("why").hidden = !why;
}

/** Let somebody in; `done()` when he is. */
export function signIn(done) {
  const inside = () => {
    $("login").hidden = $("change").hidden = true;
    done();
  };
  $("login").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt($("login-trouble"), async () => {
      const password = $("password").value;
      const { must_change: mustChange } = await post("/login", { name: $("name").value.trim(), password, code: $("code").value.trim() });
      $("password").value = $("code").value = "";
      if (!mustChange) return inside();
      $("login").hidden = true;
      $("change").hidden = false;
      $("new-password").focus();
      $("change").onsubmit = (again) => {
        again.preventDefault();
        attempt($("change-trouble"), async () => {
          const wanted = $("new-password").value;
          if (wanted !== $("new-again").value) throw { code: "not_the_same" };
          await post("/password", { old: password, new: wanted });
          $("change").reset();
          inside();
        });
      };
    });
  });
}

async function attempt(problem, work) {
  problem.hidden = true;
  try {
    await work();
  } catch (error) {
    problem.textContent = TROUBLE[error.code] ?? TROUBLE.other;
    problem.hidden = false;
  }
}
