// Renews the wall screen: fetches the same page and puts its content in place of the old one. What cannot be fetched is
// said in large letters and tried again; a button pauses it. Markup: <div data-portal-wall="300" data-portal-late="…{time}…">
// with [data-portal-wall-content], [data-portal-wall-late] and [data-portal-wall-pause="Go on"].

const wall = document.querySelector("[data-portal-wall]");

function start() {
  const content = wall.querySelector("[data-portal-wall-content]");
  const late = wall.querySelector("[data-portal-wall-late]");
  const pause = wall.querySelector("[data-portal-wall-pause]");
  let renewed = new Date();
  let paused = false;

  function tellLate() {
    const time = renewed.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
    late.querySelector("p").textContent = wall.dataset.portalLate.replace("{time}", time);
    late.hidden = false;
  }

  async function renew() {
    if (paused) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "follow" });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const found = page.querySelector("[data-portal-wall-content]");
      if (!found) throw new Error("no content");
      content.replaceChildren(...found.childNodes);
      document.dispatchEvent(new CustomEvent("portal:renewed", { detail: content }));
      renewed = new Date();
      late.hidden = true;
    } catch {
      tellLate();
    }
  }

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    const word = pause.textContent;
    pause.textContent = pause.dataset.portalWallPause;
    pause.dataset.portalWallPause = word;
    if (!paused) renew();
  });
  setInterval(renew, Number(wall.dataset.portalWall) * 1000);
  document.addEventListener("portal:renew", renew);
}

if (wall) start();
