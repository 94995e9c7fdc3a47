/** What stands beside the text of an alarm: the same words in the list, in its panel and on the page of its element. */
import { feed } from '../lib/alarms.js';
import { withChildren } from '../lib/family.js';
import { elementName } from '../lib/filter.js';
import { plural, safe } from '../lib/format.js';
import { html } from '../lib/html.js';

/** @typedef {{text: string, more?: string, title?: string}} Tag more: what a narrow list has no room for */

/** @type {Record<string, string>} */
const MEANS = {
  root: 'Root cause: what fails because of it is hidden below it',
  flapping: 'It comes and goes; it stays one alarm until it is steady',
  stale: 'Its element does not answer: nobody knows whether it still is so',
  planned: 'Work is planned on it',
};

/**
 * @param {{row: import('../lib/live.js').Row, kids?: number, depth?: number, shelved?: string, chosen?: boolean}} props
 *   kids: in the list; chosen: keys act on it
 */
export function Tags(props) {
  const tags = tagsOf(props);
  if (!tags.length) return null;
  return html`<span class="tags">${tags.map(({ text, more, title }) => html`<span class="tag" title=${title ?? MEANS[text] ?? safe(text + (more ?? ''))}>${safe(text)}${more && html`<span class="long">${more}</span>`}</span>`)}</span>`;
}

/**
 * @param {any} props those of `Tags`
 * @returns {Tag[]}
 */
function tagsOf({ row, kids = 0, depth = 0, shelved, chosen }) {
  /** @type {Tag[]} */
  const tags = [];
  if (row.cleared && row.was) tags.push({ text: `was ${row.was}` });
  const children = Math.max(kids, row.kids ?? 0);
  if (isRoot(row)) tags.push({ text: 'root' });
  if (children) tags.push(family(children, row, chosen));
  for (const flag of row.flags ?? []) tags.push({ text: flag });
  const hidden = row.hidden?.find((/** @type {string} */ reason) => !reason.startsWith('shelf:'));
  if (row.cleared && shelved) tags.push({ text: `next one shelved, ${shelved} left` });
  if (hidden && !depth) tags.push({ text: `hidden by ${hiddenBy(hidden, row)}`, title: 'Counters and the usual list leave it out' });
  if (row.parents?.length && !depth && !hidden) tags.push({ text: 'child of another alarm' });
  return tags;
}

/**
 * Tell whether an alarm is the root cause of others: one that could be, and has nothing below it, is not told from any other.
 * @param {import('../lib/live.js').Row} row
 */
export const isRoot = (row) => Boolean(row.root && row.kids);

/**
 * How many children there are, and what acknowledging their parent did or does to them.
 * @param {number} number
 * @param {import('../lib/live.js').Row} row
 * @param {boolean} chosen
 * @returns {Tag}
 */
function family(number, row, chosen) {
  if (row.ack) return { text: `acknowledged${withChildren(number)}` };
  return { text: plural(number, 'child', 'children'), more: chosen && !row.cleared ? ', acknowledged with it' : undefined };
}

/**
 * Return who hides an alarm, in words: the element or part that the hiding alarm is at, a window, a shelf.
 * @param {string} reason
 * @param {import('../lib/live.js').Row} row the hidden alarm
 */
export function hiddenBy(reason, row) {
  const [kind, rest] = [reason.slice(0, reason.indexOf(':')), reason.slice(reason.indexOf(':') + 1)];
  if (kind === 'alarm') {
    if (rest.startsWith('link:')) return 'its link';
    const [object] = rest.split('|');
    const [other, ...part] = object.split('/');
    if (other === row.el && part.length) return part.join('/').replace(/^\w+:/, '');
    const above = row.parents?.map((id) => feed.rows.get(id)).find((one) => one?.obj === object);
    return above ? elementName(above) : other;
  }
  if (kind === 'maint') return `maintenance ${/^[0-9a-f]{8}-/.test(rest) ? rest.slice(0, 8) : rest}`;
  if (kind === 'shelf') return `the shelf of ${rest}`;
  return reason;
}
