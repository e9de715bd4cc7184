// Runs before the first paint, so that a reader who chose dark never sees a white flash. It is a file of its own because the
// content security policy allows no inline script. The key and the attribute are Mantine's.
(function () {
  var choice = null;
  try {
    choice = window.localStorage.getItem("mantine-color-scheme-value");
  } catch {
    // Storage may be forbidden; then the system decides.
  }
  var systemDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  var dark = choice === "dark" || (choice !== "light" && systemDark);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
