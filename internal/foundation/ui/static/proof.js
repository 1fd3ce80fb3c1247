// A form that asks for one's own password in place, without leaving the page, and
// for a code where the server wants one.

// proving sends the form by a script. What does not match is said at the field;
// other answers go to done, which gets the answer.
export function proving(form, send, done) {
  const password = form.querySelector("input[type=password]");
  const wrong = document.getElementById(password.getAttribute("aria-describedby"));
  const say = (field, place, words) => {
    place.hidden = !words;
    place.textContent = words;
    field.setAttribute("aria-invalid", String(Boolean(words)));
    if (words) field.select();
  };
  const complain = (words, name) => {
    const code = form.querySelector("input[name=code]"), place = form.querySelector("[data-wrong]");
    const about = name === "code" && code && words;
    if (code) say(code, place, about ? words : "");
    say(password, wrong, about ? "" : words);
  };
  // refused says why the server did not do it; it reports whether that was so.
  const refused = async (answer) => {
    if (answer.status !== 409 && answer.status !== 422 && answer.status !== 429 && answer.status < 500) return false;
    const problem = await answer.json().catch(() => ({}));
    const first = problem.errors?.[0];
    complain(first?.message ?? problem.detail ?? form.dataset.unsent, first?.location?.split(".").pop());
    return true;
  };
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.formMethod === "dialog") return;
    event.preventDefault();
    complain("");
    const elsewhere = event.submitter?.hasAttribute("formaction");
    let answer;
    try {
      answer = await (elsewhere ? sendTo(event.submitter.formAction, form) : send(form));
    } catch {
      return complain(form.dataset.unsent);
    }
    if (await refused(answer)) return;
    if (elsewhere) return form.dispatchEvent(new CustomEvent("mailed"));
    password.value = "";
    await done(answer);
  });
}

// sendTo asks for a code, and tells nobody the password.
function sendTo(address, form) {
  return fetch(address, { method: "POST", headers: { Accept: "application/json", "Catflap-Form": form.elements.form.value } });
}
