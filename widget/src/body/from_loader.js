// What `loader/for_body.js` lends. Only these bindings: an import of the loader's own modules would bundle them twice. They
// are empty until `take`, so no module of the body may use them while it is loaded.
export let active, add, direction, doc, drawing, entry, fits, frame, h, hasWays, out, press, read, request, round, shell, siteUrl, styles, ways, wear;

export function take(lent) {
  ({ active, add, direction, doc, drawing, entry, fits, frame, h, hasWays, out, press, read, request, round, shell, siteUrl, styles, ways, wear } = lent);
}
