// What the page said of the ticket. The server leaves out what is beyond its bounds (docs/embed/api.md) and names it;
// here it is only kept from being huge, so that no slip of a page keeps a customer's message from being sent.

// {attributes, tags}, each left out where there is nothing to say.
export function told({ attributes, tags }) {
  const found = {};
  for (const name of Object.keys(attributes || {}).slice(0, 60)) {
    const value = attributes[name];
    if (/string|number|boolean/.test(typeof value) && value !== "") found[name] = typeof value === "string" ? value.slice(0, 999) : value;
  }
  return { attributes: Object.keys(found).length ? found : undefined, tags: tags?.length ? [].concat(tags).slice(0, 20).map((one) => String(one).slice(0, 99)) : undefined };
}

// The same in one line for the customer; '' where the page said nothing.
export function toldWords(core) {
  const { attributes = {}, tags = [] } = told(core);
  return [...Object.keys(attributes).map((name) => `${name}: ${attributes[name]}`), ...tags].join(" · ");
}
