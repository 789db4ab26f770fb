// Opens on wider screens what a phone folds: what is looked up now and then, so that the next step comes first there.
// Markup: <details data-portal-fold>. Style alone shows what is in it where there is room (case.css); here the element
// says so itself, to screen readers and to browsers that do not know that style. What the address leads to is opened.

function start(root) {
  const isWide = window.matchMedia("(min-width: 768px)").matches;
  const wanted = document.getElementById(window.location.hash.slice(1));
  for (const details of root.querySelectorAll("details[data-portal-fold]")) {
    if (details.dataset.portalReady) continue;
    details.dataset.portalReady = "1";
    details.open = isWide || Boolean(wanted && (details.contains(wanted) || wanted.contains(details)));
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
