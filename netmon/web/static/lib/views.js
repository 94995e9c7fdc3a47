/** Views that every operator has; own ones come from the server. */

/**
 * @typedef {{name: string, filter: string, scope?: string, sort?: string, grouping?: string,
 *   columns?: string[], operator?: string, shared?: boolean}} View
 */

export const DEFAULT = 'state:active -state:hidden,closed';

/** What is shelved stands where it would stand. */
export const WITH_SHELVED = 'state:active state:visible,shelved -state:closed';
export const HIDDEN = 'state:hidden state:active';

/** States that cannot be together, so that who asks for one means it in place of the other. */
const CONTRARY = /** @type {Record<string, string[]>} */ ({ cleared: ['active', 'new'], active: ['cleared'], new: ['cleared', 'acknowledged'], acknowledged: ['new'], hidden: ['visible'], shelved: ['visible'] });

/**
 * Return a filter with more words; what they contradict of its states gives way to them.
 * @param {import('./filter.js').Filter} filter
 * @param {import('./filter.js').Filter} more
 */
export function joinedWith(filter, more) {
  const asked = more.terms.filter((term) => term.key === 'state' && !term.not).flatMap((term) => term.values);
  const kept = filter.terms.map((term) => {
    if (term.key !== 'state' || !asked.length) return term.text;
    const gone = term.not ? asked.flatMap((one) => (one === 'shelved' ? [one, 'hidden'] : [one])) : asked.flatMap((one) => CONTRARY[one] ?? []);
    const values = term.values.filter((value) => !gone.includes(value));
    return values.length ? `${term.not ? '-' : ''}state:${values.join(',')}` : '';
  });
  return [...kept, ...more.terms.map((term) => term.text)].filter(Boolean).join(' ');
}

/**
 * Return the views that are built in.
 * @param {string} operator
 * @returns {View[]}
 */
export const builtIn = (operator) => [
  { name: 'Active alarms', filter: DEFAULT },
  { name: 'Active and shelved', filter: WITH_SHELVED },
  { name: 'Unacknowledged', filter: 'state:new -state:hidden,closed' },
  { name: 'My alarms', filter: `state:active owner:"${operator}"` },
  { name: 'Shelved', filter: 'state:shelved' },
  { name: 'Flapping', filter: 'state:flapping state:active' },
  { name: 'Hidden', filter: HIDDEN, grouping: 'none' },
  { name: 'Closed', filter: 'state:closed' },
  { name: 'History', filter: '', scope: 'history', sort: '-raised', grouping: 'none' },
];

/**
 * Return the view that the address shows: one that is equal in all, else one with the same filter.
 * @param {View[]} views
 * @param {{text: string, scope: string, sort: string, grouping: string}} shown
 */
export function viewOf(views, { text, scope, sort, grouping }) {
  const same = views.filter((one) => one.filter === text && (one.scope || 'active') === scope);
  const alike = (/** @type {View} */ one) => (one.sort || '-severity') === sort && (one.grouping || 'root') === grouping;
  return same.filter((one) => one.operator).find(alike) ?? same.find((one) => !one.operator) ?? same[0];
}
