// A form that asks for one's own password in place, without leaving the page.

// proving sends the form by a script. What does not match is said at the field;
// other answers go to done, which gets the answer.
export function proving(form, send, done) {
  const field = form.querySelector("input[type=password]");
  const wrong = document.getElementById(field.getAttribute("aria-describedby"));
  const complain = (words) => {
    wrong.hidden = !words;
    wrong.textContent = words;
    field.setAttribute("aria-invalid", String(Boolean(words)));
    if (words) field.select();
  };
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.formMethod === "dialog") return;
    event.preventDefault();
    complain("");
    let answer;
    try {
      answer = await send(form);
    } catch {
      return complain(form.dataset.unsent);
    }
    if (answer.status === 422 || answer.status === 429 || answer.status >= 500) {
      const problem = await answer.json().catch(() => ({}));
      return complain(problem.errors?.[0]?.message ?? problem.detail ?? form.dataset.unsent);
    }
    field.value = "";
    await done(answer);
  });
}
