/** Alarms that came just now: what fades in, what is announced. */
import { feed } from './alarms.js';
import { serverNow } from './time.js';

/** @typedef {import('./live.js').Row} Row */

const FRESH_MS = 600;
const YOUNG_MS = 10_000;

export class Newcomers {
  constructor() {
    /** Alarms that were known once, so that what comes can be told. @type {Set<string> | null} */
    this.seen = null;
    /** Until when a row that came is marked as new. @type {Map<string, number>} */
    this.fresh = new Map();
  }

  /**
   * Return the alarms that came; those that are there at the first look did not.
   * @param {Set<string>} recent ids that changed
   * @param {(row: Row) => boolean} matches
   * @returns {Row[]}
   */
  look(recent, matches) {
    const now = performance.now();
    for (const [id, end] of this.fresh) if (end < now) this.fresh.delete(id);
    if (!this.seen) {
      this.forget();
      return [];
    }
    /** @type {Row[]} */
    const came = [];
    for (const id of recent) {
      const row = feed.rows.get(id);
      if (!row) this.seen.delete(id);
      else if (!this.seen.has(id)) {
        this.seen.add(id);
        if (row.cleared === undefined && serverNow() - row.raised < YOUNG_MS && matches(row)) came.push(row);
      }
    }
    for (const row of came) this.fresh.set(row.id, now + FRESH_MS);
    return came;
  }

  /** Take all that is there now as known. */
  forget() {
    this.seen = feed.seq >= 0 ? new Set(feed.rows.keys()) : null;
  }

  /** @param {string} id */
  isFresh(id) {
    return (this.fresh.get(id) ?? 0) > performance.now();
  }
}
