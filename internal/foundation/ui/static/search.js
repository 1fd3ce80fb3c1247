// The search box of the header as a combobox (ARIA 1.2, list autocomplete): the
// focus stays in the box while the arrow keys choose from what was found. Without
// this it is a form that leads to a list.
"use strict";

(() => {
  const box = document.getElementById("find");
  const found = document.getElementById("found");
  if (!box || !found) return;
  let chosen = -1;

  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", "found");
  box.setAttribute("aria-expanded", "false");

  const options = () => [...found.querySelectorAll("[role=option]")];

  function choose(n) {
    const all = options();
    chosen = n < -1 ? all.length - 1 : n >= all.length ? -1 : n;
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === chosen)));
    if (chosen < 0) return box.removeAttribute("aria-activedescendant");
    box.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }

  function close() {
    found.replaceChildren();
    opened();
  }

  // What was found is new, or gone.
  function opened() {
    choose(-1);
    box.setAttribute("aria-expanded", String(options().length > 0));
  }

  // An answer may come after the person went on.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== found) return;
    if (document.activeElement === box && box.value.trim()) opened();
    else close();
  });

  box.addEventListener("keydown", (event) => {
    const open = options().length > 0;
    if (event.isComposing || !open) return;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        event.preventDefault();
        choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
        break;
      case "Escape":
        event.preventDefault(); // the words stay
        close();
        break;
    }
  });

  // Enter opens what is chosen; without a choice the form leads on.
  box.form.addEventListener("submit", (event) => {
    if (chosen < 0) return;
    event.preventDefault();
    options()[chosen].click();
  });

  // The words changed: what was chosen belongs to the former ones.
  box.addEventListener("input", () => { if (box.value.trim()) choose(-1); else close(); });

  // A click must not take the focus before it is one.
  found.addEventListener("mousedown", (event) => event.preventDefault());
  box.addEventListener("blur", close);
  // A page from the browser's back-forward cache begins without a menu.
  addEventListener("pagehide", close);
})();
