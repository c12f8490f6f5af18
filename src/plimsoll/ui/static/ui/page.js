// What every page needs: announcements, the mark at the place of a change, confirmation, copying, theme.

const region = document.getElementById("status");

function announce(text) {
  if (!region || !text) return;
  region.querySelector(".unseen")?.remove();
  const line = document.createElement("p");
  line.className = "unseen";
  region.append(line);
  // A screen reader speaks what changes after the region is there.
  setTimeout(() => { line.textContent = text; }, 100);
}

function store(key, value) {
  try { localStorage.setItem(key, value); } catch { /* the choice holds for this page only */ }
}

function stored(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

function unmark(root) {
  for (const place of root.querySelectorAll("[data-changed]")) {
    setTimeout(() => place.removeAttribute("data-changed"), 2000);
  }
}

function whenLoaded() {
  const said = [...document.querySelectorAll(".toast > p")].map((line) => line.textContent);
  if (said.length) announce(said.join(" "));
  unmark(document);
  document.querySelector("[data-focus]")?.focus();
  const theme = document.documentElement.dataset.theme;
  const choice = theme && document.querySelector(`input[name="theme"][value="${theme}"]`);
  if (choice) choice.checked = true;
  if (/Mac|iP/.test(navigator.platform)) {
    for (const hint of document.querySelectorAll("kbd")) hint.textContent = hint.textContent.replace("Ctrl", "⌘");
  }
}

document.addEventListener("htmx:afterSwap", (event) => {
  const place = document.getElementById(event.target.id) ?? event.target;
  announce(place.dataset?.announce);
  // The link that was followed is gone: the hand stays at the list.
  if (document.activeElement === document.body) place.querySelector?.(".scroll")?.focus({ preventScroll: true });
  unmark(place.parentElement ?? place);
});

document.addEventListener("htmx:responseError", (event) => {
  announce(`That did not work (${event.detail.xhr.status}). Nothing was changed.`);
});

document.addEventListener("htmx:sendError", () => announce("The server cannot be reached. Nothing was changed."));

// Empty fields stay out of a list's address.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters, verb } = event.detail;
  if (verb !== "get" || !elt.matches("[data-lean]")) return;
  for (const key of [...parameters.keys()]) {
    if (parameters.getAll(key).every((value) => value === "")) parameters.delete(key);
  }
});

// Buttons and forms with data-confirm ask first.
const dialog = document.getElementById("confirm");
document.addEventListener("submit", (event) => {
  const form = event.target;
  const asking = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!dialog || !asking || form.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  dialog.querySelector("p").textContent = asking;
  dialog.returnValue = "";
  dialog.showModal();
  dialog.querySelector('[value=""]').focus();
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    form.dataset.confirmed = "yes";
    form.requestSubmit(event.submitter);
    delete form.dataset.confirmed;
  }, { once: true });
}, true);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-print], [data-open]");
  if (button?.matches("[data-print]")) window.print();
  if (button?.matches("[data-open]")) document.getElementById(button.dataset.open)?.showModal();
  if (button?.matches("[data-copy]")) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
      announce("Copied");
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    } catch {
      // Without the right to the clipboard the text is selected, ready for Ctrl-C.
      getSelection().selectAllChildren(button.previousElementSibling);
    }
  }
  // A disclosure over the page closes when the reader clicks elsewhere.
  for (const open of document.querySelectorAll("details.drop[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("change", (event) => {
  if (event.target.name !== "theme") return;
  store("theme", event.target.value);
  if (event.target.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = event.target.value;
});

const single = document.getElementById("single-keys");
if (single) {
  single.checked = stored("keys") !== "off";
  single.addEventListener("change", () => store("keys", single.checked ? "on" : "off"));
}

whenLoaded();
