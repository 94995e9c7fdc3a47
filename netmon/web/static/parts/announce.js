/** One polite live region for those who do not see the list: at most every ten seconds, never each change. */
import { Cell, useCell } from '../lib/cell.js';
import { html } from '../lib/html.js';
import { plural } from '../lib/format.js';
import { rank } from '../lib/severity.js';

const GAP_MS = 10_000;
const said = new Cell('');
let last = 0;
let timer = 0;
/** @type {import('../lib/live.js').Row[]} */
let unsaid = [];

/** @param {import('../lib/live.js').Row[]} rows alarms that came */
export function announce(rows) {
  unsaid.push(...rows);
  if (timer || !unsaid.length) return;
  timer = setTimeout(speak, Math.max(0, last + GAP_MS - Date.now()));
}

function speak() {
  timer = 0;
  last = Date.now();
  const worst = unsaid.reduce((one, other) => (rank(other.sev) < rank(one.sev) ? other : one)).sev;
  const count = unsaid.filter((row) => row.sev === worst).length;
  unsaid = [];
  said.set(plural(count, `new ${worst} alarm`));
}

export const LiveRegion = () => html`<div class="unseen" role="status" aria-live="polite">${useCell(said)}</div>`;
