/** An empty alarm list: quiet must differ from broken, and from filtered. */
import { connection, feed } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { count, moment, plural, safe, zoneName } from '../lib/format.js';
import { html } from '../lib/html.js';
import { without } from '../lib/filter.js';
import { KEPT_CLEARED_MS } from '../lib/live.js';
import { prefs } from '../lib/prefs.js';
import { goQuery } from '../lib/router.js';
import { serverNow } from '../lib/time.js';
import { DEFAULT, joinedWith } from '../lib/views.js';
import { Empty } from './states.js';

/** @typedef {import('../lib/filter.js').Term} Term */

/** @param {{text: string, filter: import('../lib/filter.js').Filter, set: (text: string) => void, scope: string}} props */
export function Nothing({ text, filter, set, scope }) {
  const { word } = useCell(connection);
  const { zone } = useCell(prefs);
  const { terms } = filter;
  if (scope !== 'active') return html`<${Empty} title="No cleared alarm matches."><p class="offers"><${Removers} text=${text} terms=${terms} set=${set} /></p></${Empty}>`;
  const rows = [...feed.rows.values()];
  const active = rows.filter((row) => !row.cleared);
  const meant = meantBy(terms);
  if (terms.some(wantsCleared) && !meant) return html`<${Past} terms=${terms} />`;
  if (terms.length && (active.length || meant)) return html`<${Filtered} text=${text} terms=${terms} set=${set} left=${active.length} meant=${meant} />`;
  const last = Math.max(0, ...rows.map((row) => row.cleared ?? 0));
  const when = last ? `The last one cleared at ${moment(last, serverNow(), zone)} ${zoneName(zone, last)}. ` : '';
  return html`<${Empty} title="No active alarms."><p>${when}${word}.</p></${Empty}>`;
}

/** @param {Term} term */
const wantsCleared = ({ key, not, values }) => key === 'state' && !not && values.includes('cleared');

/**
 * Cleared alarms stand in the list for a while; the history has them all.
 * @param {{terms: Term[]}} props
 */
function Past({ terms }) {
  const rest = terms.filter((term) => term.key !== 'state').map((term) => term.text).join(' ');
  return html`<${Empty} title="No alarm that cleared a short time ago matches.">
    <p>What clears stays here for ${KEPT_CLEARED_MS / 60_000} minutes. The history has all of them.</p>
    <p class="offers"><button type="button" class="btn" onClick=${() => goQuery({ scope: 'history', q: rest || null, sort: '-raised', group: 'none' })}>Show the history</button></p>
  </${Empty}>`;
}

/** @param {Term} term */
const isUsual = (term) => DEFAULT.includes(term.text);

/**
 * Return the filter that is meant where its states exclude each other; empty: they do not.
 * @param {Term[]} terms
 */
function meantBy(terms) {
  const [usual, chosen] = [terms.filter(isUsual), terms.filter((term) => !isUsual(term))];
  const meant = joinedWith({ terms: usual, error: '' }, { terms: chosen, error: '' });
  return meant === [...usual, ...chosen].map((term) => term.text).join(' ') ? '' : meant;
}

/** @param {{text: string, terms: Term[], set: (text: string) => void, left: number, meant: string}} props */
function Filtered({ text, terms, set, left, meant }) {
  const gone = feed.rows.size - left;
  const chosen = text === DEFAULT ? [] : terms.filter((term) => !isUsual(term));
  return html`<${Empty} title="No alarm matches.">
    <p>${plural(left, 'active alarm')} ${left === 1 ? 'is' : 'are'} left out by the filter${gone ? `, and ${count(gone)} that cleared a short time ago` : ''}.</p>
    <p class="offers">${meant && html`<button type="button" class="btn" onClick=${() => set(meant)}>Show "${safe(chosen.map(worded).join(' '))}"</button>`}
      <${Removers} text=${text} terms=${chosen.length ? chosen : terms} set=${set} /></p>
  </${Empty}>`;
}

/** @param {Term} term */
const worded = (term) => term.text.replace(':', ' ');

/** @param {{text: string, terms: Term[], set: (text: string) => void}} props */
const Removers = ({ text, terms, set }) => terms.map((term) => html`<button type="button" class="btn" onClick=${() => set(without(text, term))}>Remove "${safe(worded(term))}"</button>`);
