// Says how many characters are left once a text nears its limit. Markup, after the field:
// <p class="count" data-portal-count="id_description" data-portal-max="5000" hidden
//    data-portal-left="{n} characters left" data-portal-over="{n} characters too many"></p>
// A line break counts as one character here and on the server.

const NEAR = 0.9;

function start(root) {
  for (const line of root.querySelectorAll("[data-portal-count]")) {
    const field = document.getElementById(line.dataset.portalCount);
    if (!field || line.dataset.portalReady) continue;
    line.dataset.portalReady = "1";
    line.setAttribute("aria-live", "polite");
    const show = () => {
      const max = Number(line.dataset.portalMax);
      const used = [...field.value].length;
      const words = used > max ? line.dataset.portalOver : line.dataset.portalLeft;
      line.hidden = used < max * NEAR;
      line.classList.toggle("count-over", used > max);
      line.textContent = line.hidden ? "" : words.replace("{n}", String(Math.abs(max - used)));
    };
    field.addEventListener("input", show);
    show();
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
