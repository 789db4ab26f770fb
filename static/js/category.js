// Shows a part of a form only for certain answers. Markup:
// <div data-portal-shown-for="kind" data-portal-values="complaint"> … fields that only complaints have … </div>
// Also for a box: data-portal-shown-for="anonymous" data-portal-values="off".
// Hidden fields are disabled, so that they are not sent; what was typed is still there when the answer changes back.

function start(root) {
  for (const part of root.querySelectorAll("[data-portal-shown-for]")) {
    if (part.dataset.portalReady) continue;
    part.dataset.portalReady = "1";
    const form = part.closest("form");
    const show = () => toggle(part, form);
    form.addEventListener("change", (event) => {
      if (event.target.name === part.dataset.portalShownFor) show();
    });
    show();
  }
}

function toggle(part, form) {
  const wanted = part.dataset.portalValues.split(" ");
  const shown = wanted.includes(answer(form.elements[part.dataset.portalShownFor]));
  part.hidden = !shown;
  for (const field of part.querySelectorAll("input, select, textarea")) field.disabled = !shown;
}

function answer(controls) {
  if (!controls) return "";
  if (controls instanceof RadioNodeList) return controls.value;
  if (controls.type === "checkbox") return controls.checked ? "on" : "off";
  return controls.value;
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
window.addEventListener("pageshow", () => {
  for (const part of document.querySelectorAll("[data-portal-shown-for]")) toggle(part, part.closest("form"));
});
