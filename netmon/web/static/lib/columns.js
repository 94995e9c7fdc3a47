/** Columns of the alarm list that are shown on demand; the others are always there. */
import { clock } from './format.js';
import { named } from './names.js';

/** @typedef {import('./live.js').Row} Row */

/** @type {Record<string, {word: string, means: string, text: (row: Row, zone: string, names: import('./names.js').Names) => string | undefined}>} */
export const MORE = {
  changed: { word: 'Changed', means: 'Its last change of any kind', text: (row, zone) => row.changed && clock(row.changed, zone) },
  site: { word: 'Site', means: 'Where its element stands', text: (row, _, names) => row.site && named(names, 'site', row.site) },
  services: { word: 'Services', means: 'What customers have that lies on it', text: (row, _, names) => row.svc && named(names, 'service', row.svc.join(', ')) },
  rule: { word: 'Rule', means: 'What raised it', text: (row) => row.rule },
  cause: { word: 'Probable cause', means: 'Probable cause of X.733', text: (row) => row.cause },
  event: { word: 'Event type', means: 'Event type of X.733', text: (row) => row.event },
};
const ALWAYS = ['severity', 'state', 'element', 'object', 'problem', 'owner', 'count', 'raised', 'age'];

/**
 * Return all columns that are shown, as a view keeps them.
 * @param {string[]} more
 */
export const shownColumns = (more) => [...ALWAYS, ...more];

/**
 * Return which of a view's columns are shown on demand; null: the view says nothing of columns.
 * @param {string[] | undefined} columns
 */
export const moreOf = (columns) => (columns?.length ? Object.keys(MORE).filter((name) => columns.includes(name)) : null);
