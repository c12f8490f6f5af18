// Selection of rows in a list: counts them, takes them all, takes a range with Shift.
// The bar of bulk actions shows itself by style sheet as soon as a row is selected.

let last = null;

const boxes = (form) => [...form.querySelectorAll('.pick input[name="ref"]')];

function count(form) {
  const all = boxes(form);
  const picked = all.filter((box) => box.checked).length;
  const shown = form.querySelector("[data-picked]");
  if (shown) shown.textContent = picked ? `${picked} selected` : "";
  const every = form.querySelector("[data-pick-all]");
  if (every) {
    every.checked = picked > 0 && picked === all.length;
    every.indeterminate = picked > 0 && picked < all.length;
  }
}

document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.('.pick input[name="ref"]')) return;
  const all = boxes(box.form);
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
});

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (!form?.querySelector(".pick")) return;
  if (event.target.matches("[data-pick-all]")) {
    for (const box of boxes(form)) box.checked = event.target.checked;
  }
  count(form);
});

// A browser may restore ticks after going back.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form:has(.pick)")) count(form);
});
