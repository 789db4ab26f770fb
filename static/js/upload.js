// Sends a form so that a broken line loses nothing of it and shows how far the sending is; lists chosen files with their
// sizes, and lets a person take one off again or add more.
// Markup: <form … data-portal-upload data-portal-sending="Sending: {n} %" data-portal-failed="…"
//   data-portal-cancel="Cancel" data-portal-cancelled="…" data-portal-patience="90" >, with or without
//   <input type="file" multiple data-portal-files data-portal-max-count="5" data-portal-max-bytes="10485760"
//          data-portal-remove="Remove {name}" data-portal-too-many="…{n}…" data-portal-too-large="…{name}…"
//          data-portal-units="bytes KB MB">
// An input with data-portal-kept says that the server holds the good files already; others get them back after errors.
// An answer that holds such a form, or data-portal-instead, takes the place of the page; any other is told beside
// the button, so that what was typed stays. Where an answer leads on, the server says so instead of leading the script.
// Without scripts the browser's own control does all of it. The server checks everything again.

function start(root) {
  for (const input of root.querySelectorAll("input[type=file][data-portal-files]")) {
    if (input.dataset.portalReady) continue;
    input.dataset.portalReady = "1";
    watch(input);
  }
  for (const form of root.querySelectorAll("form[data-portal-upload]")) {
    if (form.dataset.portalReady) continue;
    form.dataset.portalReady = "1";
    form.addEventListener("submit", (event) => send(event, form));
  }
}

function watch(input) {
  const list = document.createElement("ul");
  const problem = document.createElement("p");
  list.className = "file-list";
  problem.className = "field-error";
  problem.setAttribute("role", "status");
  input.after(list, problem);
  let chosen = [];

  const show = () => {
    const box = new DataTransfer();
    for (const file of chosen) box.items.add(file);
    input.files = box.files;
    list.replaceChildren(...chosen.map((file, index) => row(file, index)));
    problem.textContent = complaint(input, chosen);
  };
  const row = (file, index) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const remove = document.createElement("button");
    name.className = "file-name";
    name.textContent = `${file.name} · ${size(file.size, input)}`;
    remove.type = "button";
    remove.className = "btn btn-plain";
    remove.textContent = input.dataset.portalRemoveWord || "×";
    remove.setAttribute("aria-label", input.dataset.portalRemove.replace("{name}", file.name));
    remove.addEventListener("click", () => {
      chosen.splice(index, 1);
      show();
      (list.querySelectorAll("button")[index] || list.querySelector("button:last-child") || input).focus();
    });
    item.append(name, remove);
    return item;
  };

  input.addEventListener("change", () => {
    // A second choice adds to the first: on a phone, photos are taken one at a time.
    for (const file of input.files) {
      if (!chosen.some((one) => one.name === file.name && one.size === file.size)) chosen.push(file);
    }
    show();
  });
}

function complaint(input, files) {
  const { portalMaxCount, portalMaxBytes, portalTooMany, portalTooLarge } = input.dataset;
  const large = files.find((file) => portalMaxBytes && file.size > Number(portalMaxBytes));
  if (large) return portalTooLarge.replace("{name}", large.name);
  if (portalMaxCount && files.length > Number(portalMaxCount)) return portalTooMany.replace("{n}", portalMaxCount);
  return "";
}

function size(bytes, input) {
  const units = (input.dataset.portalUnits || "bytes KB MB").split(" ");
  if (bytes < 1024) return `${bytes} ${units[0]}`;
  if (bytes < 1024 * 1024) return `${Math.ceil(bytes / 1024)} ${units[1]}`;
  return `${(bytes / 1024 / 1024).toFixed(1)} ${units[2]}`;
}

function send(event, form) {
  if (!window.XMLHttpRequest) return;
  event.preventDefault();
  if (form.dataset.portalBusy) return;
  form.dataset.portalBusy = "1";
  const bar = document.createElement("progress");
  const told = form.querySelector("p[data-portal-told]") || document.createElement("p");
  bar.max = 100;
  told.className = "plain-text";
  told.textContent = "";
  told.dataset.portalTold = "1";
  told.setAttribute("role", "status");
  (form.querySelector(".actions") || form).append(bar, told);

  const request = new XMLHttpRequest();
  request.open("POST", event.submitter?.getAttribute("formaction") || form.action || window.location.href);
  request.setRequestHeader("X-Portal-Sending", "1");
  const body = new FormData(form);
  if (event.submitter && event.submitter.name) body.append(event.submitter.name, event.submitter.value);
  const tell = (text) => {
    if (told.textContent !== text) told.textContent = text;
  };
  // A line that stalls says nothing: after so many seconds without a sign it counts as broken, and one may end it before.
  const cancel = document.createElement("button");
  let timer = 0;
  let ended = form.dataset.portalFailed;
  const wait = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => request.abort(), 1000 * Number(form.dataset.portalPatience || 90));
  };
  cancel.type = "button";
  cancel.className = "btn btn-plain";
  cancel.textContent = form.dataset.portalCancel;
  cancel.addEventListener("click", () => {
    ended = form.dataset.portalCancelled;
    request.abort();
  });
  bar.after(cancel);
  request.upload.addEventListener("progress", (step) => {
    wait();
    if (!step.lengthComputable) return;
    bar.value = (100 * step.loaded) / step.total;
    tell(form.dataset.portalSending.replace("{n}", String(Math.round(bar.value / 10) * 10)));
  });
  const stop = (text) => {
    window.clearTimeout(timer);
    delete form.dataset.portalBusy;
    const held = document.activeElement === cancel;
    bar.remove();
    cancel.remove();
    if (held) event.submitter?.focus();
    tell(text);
  };
  request.addEventListener("load", () => {
    window.clearTimeout(timer);
    arrive(request, form, stop);
  });
  // The line broke or stalled, or somebody ended it: everything typed and chosen is still on the page.
  request.addEventListener("error", () => stop(ended));
  request.addEventListener("abort", () => stop(ended));
  wait();
  request.send(body);
}

function arrive(request, form, stop) {
  const address = request.getResponseHeader("Location");
  if (request.status === 204 && address) {
    // The form was taken: go where that leads, so that a reload asks for that page and sends nothing again.
    window.location.assign(address);
    return;
  }
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  if (!page.querySelector("form[data-portal-upload], [data-portal-instead]")) {
    // A refusal without the form, such as "too large": say it here, where what was typed is still there.
    const text = page.querySelector("main") || page.body;
    stop(text ? text.innerText.trim().replace(/\s*\n\s*/g, "\n") : String(request.status));
    return;
  }
  // The form with its errors becomes the page, as it would have without scripts; the files come along.
  const files = form.querySelector("input[type=file][data-portal-files]")?.files;
  document.title = page.title;
  document.documentElement.replaceChild(document.adoptNode(page.body), document.body);
  document.body.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
  const again = document.querySelector("input[type=file][data-portal-files]:not([data-portal-kept])");
  if (again && files) {
    again.files = files;
    again.dispatchEvent(new Event("change"));
  }
  window.scrollTo(0, 0);
  document.querySelector("[autofocus]")?.focus();
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.target));
