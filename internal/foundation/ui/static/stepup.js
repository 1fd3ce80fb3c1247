// Proving oneself again before something sensitive, on the page where it was
// about to be sent, so that nothing typed there is lost. Without scripts the
// server leads to a page of its own and back.
import { proving } from "./proof.js";

const life = 5 * 60_000; // as long as a proof counts on the server
const dialog = document.getElementById("prove");
const second = dialog.querySelector("[data-second]");
let until, waiting = null;
let choices = 0, chosen = 0; // now, and when a code by e-mail was asked for

// Forms that belong to the session itself never need a proof.
function exempt(form, submitter) {
  const method = submitter?.hasAttribute("formmethod") ? submitter.formMethod : form.method;
  return method !== "post" || !form.elements.form || form.closest("#prove, #cover, #leaving, [data-lock], [data-hx-post], [hx-post]")
    || /\/(sign-out|switch-user|stay)$/.test(form.action);
}

function ask(form, submitter) {
  return fetch(submitter?.hasAttribute("formaction") ? submitter.formAction : form.action, {
    method: "POST", headers: { Accept: "application/json", "Catflap-Ask": "yes", "Catflap-Form": form.elements.form.value },
  });
}

async function check(form, submitter) {
  let problem = "";
  try {
    const answer = await ask(form, submitter);
    if (!answer.ok) problem = (await answer.json()).type ?? "";
  } catch {
    // the browser itself says what is wrong when the form is sent
  }
  const moved = document.getElementById("moved");
  if (problem.endsWith(":step-up-required")) {
    waiting = [form, submitter];
    await askSecond(second.dataset.second).catch(() => {}); // the server insists anyway
    dialog.showModal();
  } else if (moved && problem.endsWith(":form-other-branch")) {
    moved.hidden = false;
    moved.scrollIntoView();
  } else {
    go(form, submitter);
  }
}

// askSecond shows what is asked for besides the password: nothing, or a code and
// the choice of how it comes. What was chosen last counts, whichever answer comes last.
async function askSecond(address) {
  const mine = ++choices;
  const answer = await fetch(address, { headers: { Accept: "text/html", "HX-Request": "true" }, cache: "no-store" });
  const words = await answer.text();
  if (answer.ok && mine === choices) second.innerHTML = words;
}

async function askBy(address) {
  await askSecond(address);
  second.querySelector("input[name=code], button")?.focus();
}

function go(form, submitter) {
  form.dataset.asked = "yes";
  form.requestSubmit(submitter);
}

export function stepUp(session, seconds) {
  until = Date.now() + 1000 * seconds;
  // Before everybody else: a form that waits for the answer is not sent yet.
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (form.dataset.asked) return delete form.dataset.asked;
    if (Date.now() < until - 5000 || exempt(form, submitter)) return;
    event.preventDefault();
    event.stopPropagation();
    check(form, submitter);
  }, true);
  second.addEventListener("click", (event) => {
    const again = event.target.closest("[data-resend]");
    if (again) { // no submit button, or the Enter key would press it
      again.type = "submit";
      again.form.requestSubmit(again);
      again.type = "button";
    }
    const way = event.target.closest("a");
    if (!way) return;
    event.preventDefault();
    askBy(way.href);
  });
  const form = dialog.querySelector("form");
  form.addEventListener("submit", () => { chosen = choices; });
  form.addEventListener("mailed", () => { if (chosen === choices) askBy(second.dataset.second + "?method=email_code"); });
  proving(form, session.send, async (answer) => {
    await session.take(answer.clone());
    dialog.close();
    if (!answer.ok || !waiting) return;
    until = Date.now() + life;
    go(...waiting);
    waiting = null;
  });
}
