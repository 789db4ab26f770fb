// Prints the page. Markup: <button type="button" class="btn btn-secondary" data-portal-print>…</button>
// Folded details are opened for the paper and folded again afterwards, in browsers that do not do it by style.

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-portal-print]")) window.print();
});

let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const details of opened) details.open = true;
});
window.addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});
