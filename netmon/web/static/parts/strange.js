/** A line that tells what of an address was left out, and a button that takes it away. */
import { useCell } from '../lib/cell.js';
import { safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { goQuery, place } from '../lib/router.js';
import { strange, valuesOf } from '../lib/strange.js';

/** @param {{known: Record<string, string[] | null>}} props */
export function Strange({ known }) {
  const { query } = useCell(place);
  const found = strange(query, known);
  if (!found.length) return null;
  const bad = [...query].filter(([name, value]) => {
    const values = valuesOf(known, name);
    return values === undefined || (values && !values.includes(value));
  });
  const drop = () => goQuery(Object.fromEntries(bad.map(([name]) => [name, null])), { replace: true });
  return html`<div class="band strange" role="alert"><span>Left out of this address: ${safe(found.join('; '))}.</span>
    <button type="button" class="btn" onClick=${drop}>Remove</button></div>`;
}
