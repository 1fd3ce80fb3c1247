// How a story finds things on a page: by the words that a person sees or hears.
// The text is evaluated as the body of a function; the story appends a return.
"use strict";

const blocks = "tr, li, section, fieldset, .facts > div, form, nav, dialog, main, header";
const clean = (s) => s.replace(/\s+/g, " ").trim();
const same = (a, b) => a.toLowerCase() === b.toLowerCase();

function shown(e) {
  const box = e.getBoundingClientRect();
  return box.width > 0 && box.height > 0 && e.checkVisibility({ visibilityProperty: true });
}

// read is the text as a screen reader has it, seen what the eye has.
function read(e) {
  return e.ariaLabel || text(e, "[aria-hidden=true], svg");
}
function seen(e) {
  return text(e, ".sr-only, svg, small, [hidden]");
}
function text(e, without) {
  const copy = e.cloneNode(true);
  copy.querySelectorAll(without).forEach((x) => x.remove());
  return clean(copy.textContent);
}

// nearest keeps the elements that stand closest to the words in one block.
function nearest(elements, within) {
  if (!within) return elements;
  const steps = elements.map((e) => {
    let n = 0;
    for (let up = e.parentElement; up; up = up.parentElement) {
      if (!up.matches(blocks)) continue;
      n++;
      if (clean(up.textContent).includes(within)) return n;
    }
    return Infinity;
  });
  const least = Math.min(...steps);
  return least === Infinity ? [] : elements.filter((_, i) => steps[i] === least);
}

function only(elements, what, within) {
  const where = within ? ' beside "' + within + '"' : "";
  if (elements.length === 0) throw new Error('there is no "' + what + '"' + where);
  if (elements.length > 1) throw new Error("there are " + elements.length + ' of "' + what + '"' + where);
  return elements[0];
}

function root() {
  return document.querySelector("dialog[open]") || document;
}

// place scrolls there and says where to point, on a page that stands still.
function place(e) {
  if (document.querySelector(".htmx-request, .htmx-swapping")) throw new Error("parts of the page are on their way");
  e.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  const box = e.getBoundingClientRect();
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const top = document.elementFromPoint(x, y);
  if (!top || !(e.contains(top) || top.contains(e))) {
    throw new Error('"' + seen(e) + '" is covered by ' + (top ? top.outerHTML.slice(0, 120) : "nothing"));
  }
  return { x, y, leads: leads(e), scripted: scripted(e) };
}

// leads reports whether the browser goes to another page when e is clicked.
function leads(e) {
  if (e.matches("[data-dialog], [hx-get], [hx-post], [download]")) return false;
  if (e.matches("a[href]")) return !e.getAttribute("href").startsWith("#");
  const form = e.matches("button") && e.type === "submit" && e.form;
  return !!form && !form.matches("[method=dialog], [hx-post], [hx-get]:not([hx-trigger])");
}

// scripted reports whether a script answers when e is clicked, and the page
// stays. Without JavaScript e leads to another one.
function scripted(e) {
  if (e.matches("#prove a, [data-fill]")) return true;
  const form = e.matches("button") && e.form;
  return !!form && form.matches("[data-lock], [data-unlock], dialog[role=alertdialog] form, #prove form");
}

// pressable finds a link, button, summary or the label of a box or choice.
function pressable(name, within) {
  const all = [...root().querySelectorAll("a[href], button, summary, label")].filter(
    (e) => shown(e) && !e.disabled && (!e.matches("label") || (e.control && /^(radio|checkbox)$/.test(e.control.type))));
  for (const way of [read, seen]) {
    const hits = nearest(all.filter((e) => same(way(e), name)), within);
    if (hits.length) return only(hits, name, within);
  }
  return only([], name, within);
}

function control(label, within) {
  const all = [...root().querySelectorAll("label")].filter((e) => e.control && same(seen(e), label) && shown(e));
  return only(nearest(all, within), label, within).control;
}

// field puts the cursor into a field and says what kind it is.
function field(label, within) {
  const e = control(label, within);
  if (e.disabled || e.readOnly) throw new Error('"' + label + '" cannot be changed');
  e.scrollIntoView({ block: "center", behavior: "instant" });
  e.focus();
  if (e.select) e.select();
  return { id: e.id, kind: e.matches("select") ? "select" : e.type || "text" };
}

// set is for controls whose own widget is not part of the page.
function set(id, value) {
  const e = document.getElementById(id);
  if (e.matches("select")) {
    const option = [...e.options].find((o) => same(clean(o.textContent), value));
    if (!option) throw new Error('there is no choice "' + value + '"');
    value = option.value;
  }
  e.value = value;
  e.dispatchEvent(new Event("input", { bubbles: true }));
  e.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

// arrived reports whether this is another page than the one that was left, with
// all that moves its parts.
function arrived() {
  return !document.left && document.readyState === "complete" && document.fonts.status === "loaded";
}

// lacks is the first of the words that the page does not show, or "".
function lacks(words) {
  if (document.readyState !== "complete") return "a page that is loaded";
  const page = clean(document.body.innerText).toLowerCase();
  return words.find((w) => !page.includes(clean(w).toLowerCase())) || "";
}

// kinds are the kinds of things on the page; a class that says how something
// happens to stand at the moment makes no other kind.
function kinds() {
  const passing = /^(htmx-\S+|hue-\d+)$/;
  const kind = (e) => [e.localName, ...[...e.classList].filter((c) => !passing.test(c)).sort()].join(".");
  return [...new Set([...document.querySelectorAll("body, body :not(svg *, script, noscript)")].map(kind))];
}

function focused() {
  const e = document.activeElement;
  if (!e || e === document.body) return "";
  return e.labels && e.labels.length ? seen(e.labels[0]) : read(e);
}

// marked tells whether the eye finds what has the focus: it is in the window,
// nothing lies over it, and there is a ring around it.
function marked() {
  const e = document.activeElement, ring = e.closest(".choice") || e;
  const box = ring.getBoundingClientRect(), look = getComputedStyle(ring);
  const name = '"' + focused() + '" has the focus, but ';
  if (look.outlineStyle === "none" || parseFloat(look.outlineWidth) < 2) throw new Error(name + "no ring around it");
  if (box.top < -1 || box.left < -1 || box.bottom > innerHeight + 1 || box.right > innerWidth + 1) {
    throw new Error(name + "is not in the window: " + JSON.stringify(box) + ", " + innerWidth + " x " + innerHeight);
  }
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  if (!top || !(ring.contains(top) || top.contains(ring))) throw new Error(name + "is covered by " + top?.outerHTML.slice(0, 120));
  return true;
}
