// The cover over a locked page. What the page shows is not rendered while it
// is on, so that nobody reads, finds, prints or hears it; what was typed stays.
import { proving } from "./proof.js";

const root = document.documentElement;
const sheet = document.getElementById("cover");
const title = document.title;
let before = null; // where the person was, while the page is concealed
let count = () => {}; // says how long the session waits for them

// conceal takes the page away, also where there is nothing to put over it.
export function conceal() {
  if (before) return;
  before = { focus: document.activeElement, x: scrollX, y: scrollY, dialogs: [] };
  document.querySelectorAll("dialog[open]").forEach((d) => {
    d.close();
    if (d.role !== "alertdialog") before.dialogs.push(d);
  });
  root.classList.add("covered");
  document.title = document.querySelector(".place")?.textContent ?? "";
}

export function reveal() {
  if (!before) return;
  const { focus, x, y, dialogs } = before;
  before = null;
  if (sheet) sheet.hidden = true;
  root.classList.remove("covered");
  document.title = title;
  dialogs.forEach((d) => d.showModal());
  scrollTo(x, y);
  focus?.focus?.({ preventScroll: true });
}

export function covered() { return Boolean(sheet && !sheet.hidden); }

export function cover() {
  conceal();
  if (!sheet || !sheet.hidden) return;
  sheet.hidden = false;
  count(); // now, so that nothing moves under the pointer later
  document.title = document.getElementById("cover-title").textContent;
  sheet.querySelector("input[type=password]").focus();
}

// locking makes the "Lock" buttons and the cover work; session is what the page
// knows about its session.
export function locking(session) {
  document.querySelectorAll("form[data-lock]").forEach((form) => form.addEventListener("submit", async (event) => {
    event.preventDefault();
    document.querySelectorAll("details[data-menu][open]").forEach((d) => { d.open = false; });
    cover();
    try {
      const answer = await session.send(form);
      if (answer.ok || answer.status === 401) await session.take(answer);
      else return form.submit();
    } catch {
      return form.submit(); // the browser says what is wrong with the connection
    }
    session.tell();
  }));
  if (!sheet) return;
  proving(sheet.querySelector("form[data-unlock]"), session.send, async (answer) => {
    if (answer.status === 409) return session.ask(); // another tab was faster
    await session.take(answer);
    session.tell();
  });
  const left = sheet.querySelector("[data-left]");
  count = () => {
    if (covered()) left.textContent = left.dataset.left.replace("{minutes}", Math.max(1, Math.ceil(session.left() / 60_000)));
  };
  setInterval(count, 1000);
}
