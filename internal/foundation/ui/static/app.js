// Comfort on top of pages that work without it. Nothing here decides anything:
// the server does. Elements say what they want by data attributes.
"use strict";

// Also for what htmx puts on the page later.
function enhance(root) {
  root.querySelectorAll("[data-show]").forEach(showPassword);
  root.querySelectorAll("[data-secret]").forEach(secretBox);
  root.querySelectorAll("[data-proven]").forEach((button) => { button.formAction = button.dataset.proven; }); // where the proof is asked for in place
  root.querySelectorAll("[data-js]").forEach((e) => { e.hidden = false; });
}

// "Show" beside a password.
function showPassword(button) {
  const input = document.getElementById(button.dataset.show);
  if (!input) return;
  const show = button.textContent;
  const set = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? button.dataset.hide : show;
    button.setAttribute("aria-pressed", String(visible));
  };
  button.hidden = false;
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => { set(input.type === "password"); input.focus(); });
  // Password managers and the browser must see a password field when it is sent.
  if (input.form) input.form.addEventListener("submit", () => set(false));
}

// A revealed secret: Copy, and off the page after some seconds.
function secretBox(box) {
  if (box.dataset.running) return;
  box.dataset.running = "yes";
  const value = box.querySelector(".value");
  const clock = box.querySelector(".clock");
  const said = box.querySelector(".said");
  const copy = box.querySelector("[data-copy]");
  const again = box.querySelector("[data-again]");
  const end = Date.now() + 1000 * Number(box.dataset.secret);
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(value.textContent);
      said.textContent = box.dataset.copied;
    } catch {
      getSelection().selectAllChildren(value);
      said.textContent = box.dataset.select;
    }
  });
  const hide = () => {
    clearInterval(timer);
    value.textContent = "\u2022\u2022\u2022\u2022";
    copy.remove();
    clock.textContent = "";
    said.textContent = box.dataset.hidden;
    if (again) again.hidden = false;
  };
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    if (left <= 0) return hide();
    clock.textContent = box.dataset.hiding.replace("{seconds}", left);
  };
  const timer = setInterval(tick, 250);
  tick();
  // A page from the browser's back-forward cache must not bring it back.
  addEventListener("pagehide", hide, { once: true });
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog && dialog.showModal) {
    event.preventDefault();
    dialog.showModal();
    return;
  }
  if (event.target.closest("[data-print]")) print();
  const filler = event.target.closest("[data-fill]");
  const field = filler && document.getElementById(filler.dataset.fill);
  if (field) {
    event.preventDefault();
    field.value = filler.dataset.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    return;
  }
  const hide = event.target.closest("[data-hide]");
  if (hide) {
    document.getElementById(hide.dataset.hide).remove();
    document.getElementById("main").focus();
  }
  const menu = document.getElementById("menu");
  if (menu && event.target.closest(".drawer-open")) {
    event.preventDefault();
    menu.classList.add("open");
    menu.querySelector("a").focus();
  } else if (menu && menu.classList.contains("open") && event.target.closest(".drawer-close, .drawer-shade")) {
    event.preventDefault();
    closeDrawer(menu);
  }
  document.querySelectorAll("details[data-menu][open]").forEach((d) => {
    if (!d.contains(event.target)) d.open = false;
  });
});

function closeDrawer(menu) {
  menu.classList.remove("open");
  document.querySelector(".drawer-open").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    document.querySelectorAll("details[data-menu][open]").forEach((d) => {
      d.open = false;
      d.querySelector("summary").focus();
    });
    const menu = document.getElementById("menu");
    if (menu && menu.classList.contains("open")) closeDrawer(menu);
  }
});

// A form is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const method = event.submitter && event.submitter.hasAttribute("formmethod") ? event.submitter.formMethod : form.method;
  if (method !== "post" || event.defaultPrevented) return;
  // What is answered in a frame changes nothing, and the form goes on.
  if (event.submitter && event.submitter.hasAttribute("formtarget")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  // A form may answer with a download and stay on the page.
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});
addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((f) => { delete f.dataset.sent; });
});

enhance(document);
document.querySelectorAll("[data-focus]").forEach((e) => e.focus());
document.addEventListener("htmx:load", (event) => { enhance(event.target); });
