// “ada@gmial.com”: what was probably meant, as `core/email_typos.py` guesses it, with the list from there. A hint that one
// press takes over, and no more.

// '' where the address may well be right. `domains` are those of the large providers, `endings` pairs of what is typed for
// an ending and the ending.
export function likely(address, { domains = [], endings = [] } = {}) {
  const [, local, typed = ""] = /^(.+@)([^@]{4,40})$/.exec(address.trim()) || [];
  const domain = typed.toLowerCase();
  if (!local || domains.includes(domain)) return "";
  const near = (most) => domains.find((one) => one.length > 6 && within(domain, one, most));
  const one = near(1);
  const two = one || near(2);
  if (one || two?.length > 8) return local + two;
  const end = endings.find(([wrong]) => domain.endsWith(`.${wrong}`));
  return end ? local + domain.slice(0, -end[0].length) + end[1] : "";
}

// Whether so many letters, at most, are missing, too many, wrong or swapped.
function within(one, other, most) {
  let at = 0;
  while (one[at] && one[at] === other[at]) at += 1;
  const [a, b] = [one.slice(at), other.slice(at)];
  const after = (x, y) => within(a.slice(x), b.slice(y), most - 1);
  return a === b || (most > 0 && (after(1, 0) || after(0, 1) || after(1, 1) || (a[0] === b[1] && a[1] === b[0] && after(2, 2))));
}
