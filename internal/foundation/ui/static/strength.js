// How strong a new password is, said while it is typed. The server rates it, by
// the rules that it applies when the form is sent, and keeps nothing.
"use strict";

const pause = 300; // ms without a key before it is asked

document.querySelectorAll("[data-strength]").forEach((meter) => {
  const input = document.getElementById(meter.dataset.of);
  const words = meter.querySelector("[aria-live]");
  if (!input) return;
  let timer, asked;
  const show = (rating) => {
    if (rating) meter.dataset.level = rating.level;
    else delete meter.dataset.level;
    const text = rating ? [rating.words, rating.advice].filter(Boolean).join(". ") : "";
    if (words.textContent !== text) words.textContent = text;
  };
  const ask = async () => {
    const password = input.value;
    if (asked) asked.abort();
    if (password === "") return show(null);
    asked = new AbortController();
    const login = input.form.querySelector("[autocomplete=username]");
    try {
      const answer = await fetch(meter.dataset.strength, {
        method: "POST", signal: asked.signal,
        body: new URLSearchParams({ password, login: login ? login.value : "" }),
      });
      const rating = answer.ok ? await answer.json() : null;
      if (input.value === password) show(rating);
    } catch (error) {
      if (error.name !== "AbortError") show(null); // the form says what is wrong
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  });
  meter.hidden = false;
});
