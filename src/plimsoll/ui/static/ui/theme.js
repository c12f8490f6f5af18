// Runs before the page is drawn, so that a chosen theme never flashes. Nothing else belongs here.
(() => {
  const page = document.documentElement;
  page.dataset.script = "";
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") page.dataset.theme = theme;
  } catch {
    // Storage is closed to this page: the theme of the system stays.
  }
})();
