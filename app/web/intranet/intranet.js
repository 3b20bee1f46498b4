// The visitor's choice of theme, handed to every widget.
const choice = document.querySelector("#theme");
choice.addEventListener("change", () => {
  document.documentElement.style.colorScheme = choice.value || "light dark";
  for (const widget of document.querySelectorAll("main *")) {
    if (widget.localName.startsWith("clearpost-")) widget.setAttribute("theme", choice.value);
  }
});
