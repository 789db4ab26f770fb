// Switches large type or high contrast on the spot, so that nothing typed on the page is lost by a reload.
// Markup: <form data-portal-view="large"> with a button that carries the next value and aria-pressed.

function start(root) {
  for (const form of root.querySelectorAll("[data-portal-view]")) {
    if (form.dataset.portalReady) continue;
    form.dataset.portalReady = "1";
    form.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (!button) return;
      event.preventDefault();
      const on = button.value === "1";
      const body = new URLSearchParams({ [button.name]: button.value });
      fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } })
        .then((answer) => {
          if (!answer.ok) throw new Error(String(answer.status));
          document.documentElement.classList.toggle(form.dataset.portalView, on);
          for (const same of document.querySelectorAll(`[data-portal-view="${form.dataset.portalView}"] button`)) {
            same.value = on ? "0" : "1";
            same.setAttribute("aria-pressed", String(on));
          }
        })
        .catch(() => {
          // The plain way: form.submit() leaves the button out, so its value goes along in a field.
          const field = document.createElement("input");
          Object.assign(field, { type: "hidden", name: button.name, value: body.get(button.name) });
          form.append(field);
          form.submit();
        });
    });
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
