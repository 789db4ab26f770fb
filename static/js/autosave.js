// Saves a draft of staff on the server while it is written. Markup:
// <form data-portal-autosave="/address/of/the/draft" data-portal-saved="Saved {time}"
//       data-portal-unsaved="Not saved since {time}; your text is still here.">
//   … <p role="status" data-portal-autosave-told></p>
// The address gets the form by POST and answers 2xx; 409 means that somebody else changed the case meanwhile, and its
// text is shown. Nothing is kept in the browser (docs/trust.md P-09).

const EVERY_MS = 20_000;
// A mark of its own: another behaviour may have marked the same form as ready.
const watched = new WeakSet();

function start(root) {
  for (const form of root.querySelectorAll("form[data-portal-autosave]")) {
    if (watched.has(form)) continue;
    watched.add(form);
    watch(form);
  }
}

function watch(form) {
  const told = form.querySelector("[data-portal-autosave-told]");
  let kept = contents(form);
  let keptAt = clock();
  let sent = false;
  document.addEventListener("submit", (event) => {
    // Sent, or discarded by the form beside it: the page that goes saves nothing more. What another behaviour sends in
    // its own way may fail and leave the page as it is: it goes on being saved.
    const address = event.target.getAttribute("action");
    if (event.target === form || address === form.dataset.portalAutosave) sent = !event.defaultPrevented;
  });

  const save = async () => {
    const now = contents(form);
    if (sent || now === kept) return;
    try {
      const answer = await fetch(form.dataset.portalAutosave, {
        method: "POST",
        body: new URLSearchParams(now),
        headers: { "X-Requested-With": "fetch" },
        keepalive: now.length < 60_000,
      });
      if (answer.status === 409) {
        told.textContent = await answer.text();
        return;
      }
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      kept = now;
      keptAt = clock();
      told.textContent = form.dataset.portalSaved.replace("{time}", keptAt);
    } catch {
      told.textContent = form.dataset.portalUnsaved.replace("{time}", keptAt);
    }
  };

  const timer = window.setInterval(() => {
    if (form.isConnected) save();
    else window.clearInterval(timer);
  }, EVERY_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && form.isConnected) save();
  });
}

function contents(form) {
  const pairs = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  return new URLSearchParams(pairs).toString();
}

function clock() {
  return new Date().toLocaleTimeString("zh-Hans-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
