/** The worst active alarms of an element, straight from the feed. */
import { connection, edition, feed } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { age, count, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { elementsOf, shortObject } from '../lib/filter.js';
import { comparator } from '../lib/list.js';
import { rank } from '../lib/severity.js';
import { second } from '../lib/time.js';
import { Severity } from './glyph.js';
import { Tags } from './tags.js';

const MOST = 5;

/** @param {import('../lib/live.js').Row} row */
const hidden = (row) => Boolean(row.hidden?.length);

/**
 * Return the active alarms of an element, hidden ones too.
 * @param {string} id
 */
const alarmsOf = (id) => [...feed.rows.values()].filter((row) => elementsOf(row).includes(id) && row.cleared === undefined && !row.closed);

/**
 * Return how many active alarms of an element are seen, in all and by severity, are on a shelf, and are hidden by others.
 * @param {string} id
 */
export function countsOf(id) {
  const rows = alarmsOf(id);
  const shelved = rows.filter((row) => row.shelved_until !== undefined && hidden(row)).length;
  /** @type {Record<string, number>} */
  const by = {};
  for (const { sev } of rows.filter((row) => !hidden(row)).sort(comparator('severity', true))) by[sev] = (by[sev] ?? 0) + 1;
  const visible = Object.values(by).reduce((sum, number) => sum + number, 0);
  return { visible, by, shelved, below: rows.length - visible - shelved };
}

/**
 * Return what is left out of lists and counters, in words.
 * @param {{shelved: number, below: number}} counts
 */
export const leftOut = ({ shelved, below }) => [shelved && `${count(shelved)} shelved`, below && `${count(below)} hidden by others`].filter(Boolean).join(', ');

/**
 * Return the worst alarm of each object of an element, hidden ones too.
 * @param {string} id
 */
export function worstByObject(id) {
  /** @type {Map<string, import('../lib/live.js').Row>} */
  const worst = new Map();
  for (const row of alarmsOf(id)) {
    const known = worst.get(row.obj);
    if (!known || rank(row.sev) < rank(known.sev)) worst.set(row.obj, row);
  }
  return worst;
}

/**
 * @param {import('../lib/live.js').Row} row
 * @param {number} now
 */
function stateOf(row, now) {
  if (row.shelved_until !== undefined) return `Shelved ${age(row.shelved_until - now)}`;
  return row.owner || row.ack || (row.parents?.length ? 'Child' : 'New');
}

/**
 * How an element is: the worst alarm that is seen, else what hides those it has.
 * @param {{id: string, worst: string, unknown?: boolean}} props unknown: the inventory does not have it, so nobody polls it
 */
export function ElementState({ id, worst, unknown }) {
  useCell(edition);
  if (worst) return html`<${Severity} severity=${worst} />`;
  const rows = alarmsOf(id).filter(hidden);
  if (!rows.length) return html`<span class="calm">${unknown ? 'not watched: only its traps are known' : 'no alarm'}</span>`;
  return html`<${Severity} severity=${rows.sort(comparator('severity', true))[0].sev} /> <span class="calm">${leftOut(countsOf(id))}</span>`;
}

/** @param {{id: string}} props */
export function ElementAlarms({ id }) {
  useCell(edition);
  const now = useCell(second);
  const { since, live } = useCell(connection);
  const worst = comparator('severity', true);
  const rows = alarmsOf(id).sort((one, other) => Number(hidden(one)) - Number(hidden(other)) || worst(one, other));
  if (!rows.length) return null;
  const counts = countsOf(id);
  const words = [`${count(counts.visible)} visible`, leftOut(counts), rows.length > MOST && `${MOST} of ${count(rows.length)} here`].filter(Boolean).join(', ');
  const all = `/alarms?q=${encodeURIComponent(`state:active element:"${id}"`)}`;
  return html`<section class="card wide"><h2>Active alarms <span>${words}</span><span class="grow"></span><a class="link" href=${all}>All in the list</a></h2>
    <table class="ea"><tbody>${rows.slice(0, MOST).map((row) => html`<tr key=${row.id}><td class="s"><${Severity} severity=${row.sev} /></td>
      <td class="mono muted o">${safe(shortObject(row))}</td>
      <td class="t"><a class=${row.ack ? 'muted' : 'strong'} href=${`/alarms/${row.id}`}>${safe(row.text)}</a><${Tags} row=${row} /></td>
      <td class="muted st">${safe(stateOf(row, live ? now : since))}</td>
      <td class="r num">${age((live ? now : since) - row.raised)}</td></tr>`)}</tbody></table>
  </section>`;
}
