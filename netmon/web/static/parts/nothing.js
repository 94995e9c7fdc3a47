/** An empty alarm list: quiet must differ from broken, and from filtered. */
import { connection, feed } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { count, moment, plural, zoneName } from '../lib/format.js';
import { html } from '../lib/html.js';
import { without } from '../lib/filter.js';
import { prefs } from '../lib/prefs.js';
import { serverNow } from '../lib/time.js';
import { DEFAULT } from '../lib/views.js';
import { Empty } from './states.js';

/** @param {{text: string, filter: import('../lib/filter.js').Filter, set: (text: string) => void, scope: string}} props */
export function Nothing({ text, filter, set, scope }) {
  const { word } = useCell(connection);
  const { zone } = useCell(prefs);
  if (scope !== 'active') return html`<${Empty} title="No cleared alarm matches." />`;
  const rows = [...feed.rows.values()];
  const active = rows.filter((row) => !row.cleared);
  const { terms } = filter;
  if (active.length && terms.length) return html`<${Filtered} text=${text} terms=${terms} set=${set} hidden=${active.length} />`;
  const last = Math.max(0, ...rows.map((row) => row.cleared ?? 0));
  const when = last ? `The last one cleared at ${moment(last, serverNow(), zone)} ${zoneName(zone, last)}. ` : '';
  return html`<${Empty} title="No active alarms."><p>${when}${word}.</p></${Empty}>`;
}

/** @param {{text: string, terms: import('../lib/filter.js').Term[], set: (text: string) => void, hidden: number}} props */
function Filtered({ text, terms, set, hidden }) {
  const chosen = text === DEFAULT ? [] : terms.filter((term) => !DEFAULT.includes(term.text));
  return html`<${Empty} title="No alarm matches.">
    <p>${plural(hidden, 'active alarm')} ${hidden === 1 ? 'is' : 'are'} left out by the filter, ${count(feed.rows.size)} known.</p>
    <p class="offers">${(chosen.length ? chosen : terms).map((term) => html`<button type="button" class="btn" onClick=${() => set(without(text, term))}>Remove "${term.text.replace(':', ' ')}"</button>`)}</p>
  </${Empty}>`;
}
