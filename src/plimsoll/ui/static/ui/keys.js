// Keys of the product. A key does what a visible link or button does; nothing can be done by key alone.
// A page gives a control a key with data-key="e"; the six words carry data-go.

const WAIT = 1200; // milliseconds between g and its letter
let leading = 0;

const find = (selector) => document.querySelector(selector);

function writing(place) {
  return place.matches?.('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]');
}

function rows() {
  return [...document.querySelectorAll("main .listed tbody tr:not(.group), main [data-row]")].filter(
    (row) => row.offsetParent !== null,
  );
}

function currentRow() {
  return document.activeElement?.closest(".listed tbody tr, [data-row]");
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(currentRow());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  const place = next.querySelector("a") ?? next.querySelector("button, summary, input:not([type=hidden])");
  if (place) place.focus();
  else {
    next.tabIndex = -1;
    next.focus();
  }
  next.scrollIntoView({ block: "nearest" });
}

function press(place) {
  if (place.matches("input, select, textarea")) place.focus();
  else if (place.matches("details")) place.open = !place.open;
  else place.click();
}

function pick() {
  currentRow()?.querySelector(".pick input")?.click();
}

function keyed(key) {
  const near = document.activeElement?.closest("[data-keys]");
  const name = `[data-key="${CSS.escape(key)}"]`;
  if (key === ".") return near?.querySelector(name);
  return near?.querySelector(name) ?? find(`main ${name}`);
}

function act(key) {
  // On a list, a and s speak about the selected rows; the row under the hand is taken if none is.
  if ("as".includes(key) && !find(".pick [name=ref]:checked")) pick();
  const place = keyed(key);
  if (place) press(place);
  else if (key === "e") currentRow()?.querySelector("a")?.click();
  return Boolean(place);
}

function unsaved() {
  return [...document.querySelectorAll("main form[method=post] :is(textarea, input)")].some(
    (field) => field.type !== "hidden" && field.value !== field.defaultValue,
  );
}

function back() {
  const open = document.activeElement?.closest("details.drop[open]") ?? find("details.drop[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
    return;
  }
  if (writing(document.activeElement)) return document.activeElement.blur();
  const picked = document.querySelectorAll(".pick [name=ref]:checked");
  if (picked.length) return picked.forEach((box) => box.click());
  const up = [...document.querySelectorAll(".crumbs a")].pop();
  if (up && !unsaved()) up.click();
}

const singles = {
  "/": () => find("#view-search, #search")?.focus(),
  "?": () => find("#keys")?.showModal(),
  j: () => move(1),
  k: () => move(-1),
  x: pick,
  g: () => { leading = Date.now(); },
};

function off() {
  try { return localStorage.getItem("keys") === "off"; } catch { return false; }
}

document.addEventListener("keydown", (event) => {
  const { key } = event;
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && key.toLowerCase() === "k") {
    event.preventDefault();
    document.dispatchEvent(new Event("palette"));
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || find("dialog[open]")) return;
  if (key === "Escape") {
    if (!find(":popover-open")) back();
    return;
  }
  if (off() || writing(event.target)) return;
  if (Date.now() - leading < WAIT) {
    leading = 0;
    const word = find(`[data-go="${CSS.escape(key)}"]`);
    if (word) {
      event.preventDefault();
      word.click();
    }
    return;
  }
  const known = singles[key];
  if (known || (["e", "a", "s", ".", "c", "t"].includes(key) && (keyed(key) || key === "e"))) event.preventDefault();
  if (known) known();
  else if (["e", "a", "s", ".", "c", "t"].includes(key)) act(key);
});
