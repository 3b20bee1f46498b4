// A widget on a page of the service's own, for a frame. Its token comes in the address's fragment,
// which is never sent, and is removed from there at once.

const given = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, "", location.pathname + location.search);

const KEPT = ["theme", "lang"];
const widget = document.querySelector("main").firstElementChild;
const own = (widget.dataset.attributes ?? "").split(" ");
for (const [key, value] of new URLSearchParams(location.search)) {
  if ([...KEPT, ...own].includes(key)) widget.setAttribute(key, value);
}
if (given.get("token")) widget.setAttribute("token", given.get("token"));
else if (widget.hasAttribute("data-token")) {
  const { t } = await import("./strings.js");
  widget.before(Object.assign(document.createElement("p"), { textContent: t("embed.unsaid") }));
}
await import(`./${widget.localName.replace("clearpost-", "")}.js`);
