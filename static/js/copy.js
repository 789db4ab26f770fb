// Copies a number or a code. Markup:
// <button type="button" data-portal-copy="XN2026…" data-portal-copied="Copied">Copy number</button>
// The button is hidden by style where scripts are off. What was copied is also told by a live region.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-portal-copy]");
  if (!button) return;
  if (await put(button.dataset.portalCopy)) tell(button);
});

async function put(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without HTTPS or the right to the clipboard: the old way, by a selection.
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

function tell(button) {
  let region = button.nextElementSibling;
  if (!region || !region.matches("[data-portal-told]")) {
    region = document.createElement("span");
    region.setAttribute("role", "status");
    region.dataset.portalTold = "";
    region.className = "help";
    button.after(region);
  }
  region.textContent = "";
  region.textContent = button.dataset.portalCopied;
}
