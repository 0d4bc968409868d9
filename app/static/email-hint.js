// “ada@gmial.com”: what was probably meant, as `core/email_typos.py` guesses it. A hint that one press takes over; it
// never changes an address by itself and never keeps anybody from sending.
const ENDINGS = { con: "com", cmo: "com", ocm: "com", comm: "com", coom: "com", vom: "com", xom: "com", nte: "net" };
const LONGEST = 40;

export function likelyAddress(address, domains) {
  const [, local, typed] = /^(.+)@([^@]+)$/s.exec(address.trim()) || [];
  const domain = (typed || "").toLowerCase().replace(/\.+$/, "");
  if (!domain || domain.length > LONGEST || domains.includes(domain)) return "";
  let best = ["", 3];
  for (const known of domains) {
    const count = known.length >= 7 ? slips(domain, known) : 3;
    if (count < best[1]) best = [known, count];
  }
  if (best[1] === 1 || (best[1] === 2 && best[0].length >= 9)) return `${local}@${best[0]}`;
  const dot = domain.lastIndexOf(".");
  const ending = domain.slice(dot + 1);
  return dot > 0 && Object.hasOwn(ENDINGS, ending) ? `${local}@${domain.slice(0, dot)}.${ENDINGS[ending]}` : "";
}

// Letters that are missing, too many, wrong or swapped; 3 for more than two.
function slips(one, other) {
  if (Math.abs(one.length - other.length) > 2) return 3;
  let last = [];
  let before = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i += 1) {
    [last, before, row] = [before, row, [i]];
    for (let j = 1; j <= other.length; j += 1) {
      let cost = Math.min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) cost = Math.min(cost, last[j - 2] + 1);
      row.push(cost);
    }
  }
  return Math.min(row[other.length], 3);
}

export function emailHint(form) {
  const field = form.elements.namedItem("email");
  const place = form.querySelector("[data-email-hint]");
  const domains = (form.dataset.emailDomains || "").split(" ").filter(Boolean);
  if (!field || !place || !domains.length) return;
  const update = () => {
    const meant = likelyAddress(field.value, domains);
    place.hidden = !meant;
    place.replaceChildren();
    if (!meant) return;
    const [before, after] = place.dataset.textHint.split("{address}");
    const address = document.createElement("bdi");
    address.textContent = meant;
    const use = document.createElement("button");
    use.type = "button";
    use.className = "button button--quiet button--small";
    use.textContent = place.dataset.textUse;
    use.addEventListener("click", () => {
      field.value = meant;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
      field.focus();
    });
    place.append(before, address, after || "", " ", use);
  };
  field.addEventListener("change", update);
  field.addEventListener("input", () => { if (!place.hidden) update(); });
  update();
}
