// Puts parts of a page in place that it was not kept waiting for: <section data-portal-later="/address/">. What cannot be
// fetched keeps the link inside, which leads to the whole page; without a script so does everything.

for (const place of document.querySelectorAll("[data-portal-later]")) {
  fetch(place.dataset.portalLater, { headers: { Accept: "text/html" }, redirect: "error" })
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(String(answer.status)))))
    .then((text) => {
      const found = new DOMParser().parseFromString(text, "text/html").querySelector(`#${place.id}`);
      if (!found) return;
      place.replaceWith(found);
      document.dispatchEvent(new CustomEvent("portal:renewed", { detail: found }));
    })
    .catch(() => place.removeAttribute("aria-busy"));
}
