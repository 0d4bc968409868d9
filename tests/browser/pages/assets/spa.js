// An application that changes address, title and the whole body, as Turbo and its like do.
const pages = { "/spa/orders": ["Track your order", "Where is my order?"], "/spa/refund": ["When you get your refund", "Refund"] };
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-go]");
  if (!link) return;
  event.preventDefault();
  history.pushState({}, "", link.getAttribute("href"));
  const [heading, title] = pages[location.pathname];
  const fresh = document.body.cloneNode(true);
  fresh.querySelector("h1").textContent = heading;
  fresh.querySelector("[data-signpost-context]")?.remove();
  setTimeout(() => { document.title = title; document.body.replaceWith(fresh); }, 50);
});
