// Adds a field above a long native select that leaves only the choices with the typed words. Markup:
// <select data-portal-organ-filter data-portal-label="Type to find an organ" data-portal-none="Nothing found …"
//         data-portal-found="{n} found">
// The select stays what is sent; with one choice left, Enter in the field takes it.

function start(root) {
  for (const select of root.querySelectorAll("select[data-portal-organ-filter]")) {
    if (select.dataset.portalReady) continue;
    select.dataset.portalReady = "1";
    build(select);
  }
}

function build(select) {
  const label = document.createElement("label");
  const field = document.createElement("input");
  const told = document.createElement("p");
  field.type = "search";
  field.id = `${select.id}-filter`;
  field.className = "form-control width-medium";
  field.autocomplete = "off";
  label.htmlFor = field.id;
  label.className = "help";
  label.textContent = select.dataset.portalLabel;
  told.className = "help";
  told.setAttribute("role", "status");
  select.before(label, field, told);

  // Safari cannot hide options, so they are taken out and put back instead.
  const whole = [...select.children].map((child) => child.cloneNode(true));
  field.addEventListener("input", () => filter(select, whole, field.value, told));
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const found = [...select.options].filter((option) => option.value);
    if (field.value && found.length === 1) {
      select.value = found[0].value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    select.focus();
  });
}

function filter(select, whole, typed, told) {
  const words = typed.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = select.value;
  const keep = (option) => {
    const text = `${option.textContent} ${option.dataset.search || ""}`.normalize("NFKC").toLowerCase();
    return !option.value || option.value === chosen || words.every((word) => text.includes(word));
  };
  let found = 0;
  select.replaceChildren();
  for (const child of whole) {
    const copy = child.cloneNode(true);
    const options = copy.matches("option") ? [copy] : [...copy.querySelectorAll("option")];
    for (const option of options) {
      if (!keep(option)) option.remove();
      else if (option.value) found += 1;
    }
    if (copy.matches("option") ? keep(copy) : copy.querySelector("option")) select.append(copy);
  }
  select.value = chosen;
  const text = found ? select.dataset.portalFound : select.dataset.portalNone;
  told.textContent = words.length ? text.replace("{n}", String(found)) : "";
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
