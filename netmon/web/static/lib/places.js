/** Where one stands in a list, and how many alarms there are: pure. */

/** @typedef {import('./list.js').Entry} Entry */
/** @typedef {import('./live.js').Row} Row */
/**
 * What a list shows.
 * @typedef {{entries: Entry[], waiting: string[], held: boolean, matching: number, cleared: number, current: string,
 *   active: number, shelved: number, hidden: number, listed: Record<string, number>, selected: Set<string>}} Shown
 */

/** @type {Shown} */
export const NOTHING = { entries: [], waiting: [], held: false, matching: 0, cleared: 0, active: 0, shelved: 0, hidden: 0, listed: {}, current: '', selected: new Set() };

/**
 * Return where an alarm stood among the rows; -1: nowhere.
 * @param {Entry[]} entries
 * @param {string} id
 */
export const leftAt = (entries, id) => entries.filter((entry) => !entry.group).findIndex((entry) => entry.id === id);

/**
 * Return the alarm that lies some steps up or down; empty: the list has none.
 * @param {Entry[]} entries
 * @param {{current: string, left: number, step: number}} from left: where the current alarm stood before it left; -1: none did
 */
export function stepped(entries, { current, left, step }) {
  const rows = entries.filter((entry) => !entry.group);
  if (!rows.length) return '';
  const at = rows.findIndex((entry) => entry.id === current);
  const from = at < 0 && left >= 0 ? left - Number(step > 0) : at;
  const to = from < 0 && at < 0 && left < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.max(0, Math.min(rows.length - 1, from + step));
  return rows[to].id;
}

/**
 * Return the alarms from one to another, both included; null: one of them is not there.
 * @param {Entry[]} entries
 * @param {string} from
 * @param {string} to
 */
export function between(entries, from, to) {
  const places = [from, to].map((id) => entries.findIndex((entry) => entry.id === id));
  if (places.includes(-1)) return null;
  const range = entries.slice(Math.min(...places), Math.max(...places) + 1);
  return range.filter((entry) => !entry.group).map((entry) => entry.id);
}

/**
 * Return how many active alarms match, in all and by severity, how many cleared ones do, how many are active at all, and how many of these are
 * left out because they are shelved or hidden.
 * @param {Iterable<Row>} rows
 * @param {{matches: (row: Row) => boolean, beside: (row: Row) => boolean}} filter beside: what it says apart from states
 */
export function tally(rows, { matches, beside }) {
  let [matching, cleared, active, shelved, hidden] = [0, 0, 0, 0, 0];
  /** @type {Record<string, number>} */
  const listed = {};
  for (const row of rows) {
    const fits = matches(row);
    if (row.cleared !== undefined) {
      cleared += Number(fits);
      continue;
    }
    matching += Number(fits);
    if (fits) listed[row.sev] = (listed[row.sev] ?? 0) + 1;
    active += 1;
    if (fits || !row.hidden?.length || row.closed || !beside(row)) continue;
    if (row.shelved_until === undefined) hidden += 1;
    else shelved += 1;
  }
  return { matching, cleared, active, shelved, hidden, listed };
}
