// What a page does about its session: warn before it ends, leave when it is
// over, follow what other tabs do with it. The server decides; nothing here
// keeps a session alive unless the person says so.
import { covered, cover, conceal, reveal, locking } from "./lock.js";
import { stepUp } from "./stepup.js";

const page = document.getElementById("session");
const leaving = document.getElementById("leaving");
const ending = document.getElementById("ending");
const { id, branch, back, state, locked } = page.dataset;
const tabs = new BroadcastChannel("catflap");

// Half the way where the limit is so short that a minute would be most of it.
const warning = 1000 * Math.min(60, Number(page.dataset.idle) / 2);
const endWarnings = [300_000, 60_000];
const often = 30_000;
let idleAt, endAt, asked = 0, gone = false;
// Answers can overtake each other: what was asked before something newer is
// known, or while something is being sent, says nothing any more.
let started = 0, known = 0, sending = 0;

function plan(left) {
  idleAt = Date.now() + 1000 * left.idle;
  endAt = Date.now() + 1000 * left.end;
}

function leave(to) {
  gone = true;
  conceal();
  location.replace(to);
}

// The sign-in page learns whom to lead back here, and why the session is over.
async function over(answer) {
  const problem = await answer.json().catch(() => ({}));
  leave(page.dataset.leave + "&why=" + encodeURIComponent((problem.type ?? "").split(":").pop()));
}

// Asking does not count as use.
async function ask(sure = false) {
  asked = Date.now();
  if (sending) { // the answer to that will tell
    if (sure) setTimeout(() => ask(true), 500);
    return;
  }
  const mine = ++started;
  let answer;
  try {
    answer = await fetch(state, { headers: { Accept: "application/json" }, cache: "no-store" });
  } catch {
    return; // the server cannot be reached; what is on the clock still counts
  }
  if (answer.status === 401 && !sure && mine >= known) {
    // Another tab may have got a new token meanwhile, for the same session.
    conceal();
    return setTimeout(() => ask(true), 500);
  }
  await take(answer, mine);
}

async function take(answer, mine = ++started) {
  if (gone || mine < known) return;
  if (answer.status === 401) return over(answer);
  if (!answer.ok) return;
  const now = await answer.json();
  if (gone || mine < known) return;
  known = mine;
  // Somebody signed in after this page: the same person goes on, another begins.
  if (now.session !== id) return leave(now.account === page.dataset.account ? back : page.dataset.home);
  plan(now);
  if (locked) {
    if (!now.locked) location.replace(location.href);
    return;
  }
  if (now.locked) cover();
  else reveal();
  const moved = document.getElementById("moved");
  if (moved) moved.hidden = now.branch === branch;
}

async function send(form) {
  sending++;
  known = ++started;
  try {
    return await fetch(form.action, {
      method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)),
    });
  } finally {
    sending--;
  }
}

function tick() {
  if (gone) return;
  const now = Date.now(), left = idleAt - now;
  if (Math.min(left, endAt - now) <= 0) {
    conceal();
    leaving.close();
    if (now - asked > 2000) ask();
    return;
  }
  if (now - asked > (leaving.open ? 5000 : often) && document.visibilityState === "visible") ask();
  if (covered() || locked) return;
  if (left <= warning && left < endAt - now) warn(left);
  else if (leaving.open) leaving.close();
  while (endWarnings.length > 0 && endAt - now <= endWarnings[0]) {
    endWarnings.shift();
    if (!ending.open) ending.showModal();
  }
}

const said = leaving.querySelector("[data-said]");
const steps = [30, 10];
let saidAt;

function warn(left) {
  const seconds = Math.ceil(left / 1000);
  leaving.querySelector("[data-left]").textContent = seconds;
  if (!leaving.open) {
    saidAt = Infinity;
    leaving.showModal();
    ask(); // another tab may be in use
  }
  // A screen reader hears a few of the seconds, not all.
  const step = steps.findLast((s) => seconds <= s) ?? Infinity;
  if (step < saidAt) {
    saidAt = step;
    said.textContent = said.dataset.said.replace("{seconds}", seconds);
  }
}

async function stay() {
  let answer;
  try {
    answer = await send(leaving.querySelector("form"));
  } catch {
    return; // still open: pressing again tries again
  }
  await take(answer);
  leaving.close();
  tabs.postMessage("look");
}

leaving.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  stay();
});
// Escape is a sign of life as well.
leaving.addEventListener("cancel", (event) => {
  event.preventDefault();
  stay();
});

stepUp({ send, take }, Number(page.dataset.proof));
locking({ send, take, ask, tell: () => tabs.postMessage("look"), left: () => Math.min(idleAt, endAt) - Date.now() });
tabs.addEventListener("message", (event) => {
  if (event.data === "look") return ask();
  for (const wait of [1000, 4000]) setTimeout(() => ask(), wait); // what a form does takes a moment
});
document.addEventListener("submit", (event) => {
  if (/\/(sign-out|unlock|switch-user|branch)$/.test(event.target.action)) tabs.postMessage("soon");
});
addEventListener("focus", () => ask());
document.addEventListener("htmx:responseError", () => ask());
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") ask(); });
// A page that comes back from the browser's memory may be somebody else's by now.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  conceal();
  ask();
});

plan({ idle: Number(page.dataset.idle), end: Number(page.dataset.end) });
setInterval(tick, 1000);
