// Shows a button from the second on at which a deadline has passed, without a reload. Markup:
// <div data-portal-due="2026-12-11T23:59:59+08:00" data-portal-server-now="2026-11-24T10:32:00+08:00" hidden>
//   <form …><button …>Ask the office to press on</button></form>
// </div>
// The server renders the element without "hidden" once the moment has come, and checks the moment again when the form
// is sent. The clock of the device may be wrong, so the difference to the server's clock is kept.

const LONGEST_MS = 24 * 60 * 60 * 1000; // setTimeout cannot wait longer than 24 days

function start(root) {
  for (const part of root.querySelectorAll("[data-portal-due]")) {
    if (part.dataset.portalReady || !part.hidden) continue;
    part.dataset.portalReady = "1";
    const due = Date.parse(part.dataset.portalDue);
    const ahead = Date.now() - Date.parse(part.dataset.portalServerNow);
    const wait = () => {
      const left = due + 1000 - (Date.now() - ahead);
      if (left <= 0) part.hidden = false;
      else window.setTimeout(wait, Math.min(left, LONGEST_MS));
    };
    wait();
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
