// The palette: Ctrl-K or Cmd-K opens it, typing asks /go, arrows walk through what was found.

const dialog = document.getElementById("palette");
const field = dialog?.querySelector("input");

function open() {
  if (document.querySelector("dialog[open]")) return;
  if (!dialog) return document.getElementById("search")?.focus();
  dialog.showModal();
  field.select();
}

function walk(step) {
  const found = [...dialog.querySelectorAll("#palette-results a")];
  if (!found.length) return;
  const at = found.indexOf(document.activeElement);
  const next = at + step;
  if (next < 0) field.focus();
  else found[Math.min(next, found.length - 1)].focus();
}

document.addEventListener("palette", open);

dialog?.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  walk(event.key === "ArrowDown" ? 1 : -1);
});

// A click beside the palette closes it.
for (const each of document.querySelectorAll("dialog")) {
  each.addEventListener("click", (event) => {
    if (event.target === each) each.close();
  });
}
