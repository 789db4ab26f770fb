// Folds on a phone what is looked up now and then, so that the next step and what it needs come first.
// Markup: <details data-portal-fold open>; without scripts, and on wider screens, it stays open.
// What the address leads to stays open as well.

function start(root) {
  if (!window.matchMedia("(max-width: 767.98px)").matches) return;
  const wanted = document.getElementById(window.location.hash.slice(1));
  for (const details of root.querySelectorAll("details[data-portal-fold][open]")) {
    if (details.dataset.portalReady) continue;
    details.dataset.portalReady = "1";
    if (!wanted || !(details.contains(wanted) || wanted.contains(details))) details.open = false;
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
