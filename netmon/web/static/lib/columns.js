/** Columns of the alarm list that are shown on demand; the others are always there. */
import { clock } from './format.js';

/** @typedef {import('./live.js').Row} Row */

/** @type {Record<string, {word: string, text: (row: Row, zone: string) => string | undefined}>} */
export const MORE = {
  changed: { word: 'Changed', text: (row, zone) => row.changed && clock(row.changed, zone) },
  site: { word: 'Site', text: (row) => row.site },
  services: { word: 'Services', text: (row) => row.svc?.join(', ') },
  rule: { word: 'Rule', text: (row) => row.rule },
  cause: { word: 'Probable cause', text: (row) => row.cause },
  event: { word: 'Event type', text: (row) => row.event },
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
