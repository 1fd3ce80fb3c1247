// Comfort in the wizard of two-factor authentication: copying, and the browser's
// own question before a page is left by accident. Everything works without it.
"use strict";

(() => {
  const said = (button) => (button.closest("details") || document).querySelector(".said");
  document.querySelectorAll("[data-copies]").forEach((button) => {
    const source = document.getElementById(button.dataset.copies);
    const lines = source.matches("ul") ? [...source.querySelectorAll("li:not(.used)")].map((li) => li.textContent.trim()) : [source.textContent.replace(/\s/g, "")];
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(lines.join("\n"));
        said(button).textContent = button.dataset.said;
      } catch {
        getSelection().selectAllChildren(source);
        said(button).textContent = button.dataset.select;
      }
    });
  });

  const guard = document.querySelector("[data-guard]");
  if (!guard) return;
  let meant = false;
  addEventListener("beforeunload", (event) => {
    // A page whose session is over is leaving for good.
    if (!meant && !document.documentElement.classList.contains("covered")) event.preventDefault();
  });
  // What is done with the page's own buttons and links is meant. A download and
  // a link into an app leave the page where it is.
  const mean = (stays) => {
    meant = true;
    if (stays) setTimeout(() => { meant = false; }, 1500);
  };
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented && !event.target.matches("[method=dialog]")) mean(event.target.hasAttribute("data-stays"));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-goes]");
    if (link) mean(link.protocol === "otpauth:");
  });
  // A page that the browser brings back as it was may be over: ask the server.
  addEventListener("pageshow", (event) => {
    meant = event.persisted;
    if (meant) location.replace(guard.dataset.guard || location.href);
  });
})();
