/** What operators do to alarms, what is waiting for an answer, and what became of it. */
import { ApiError, send } from './api.js';
import { edition, feed } from './alarms.js';
import { Cell } from './cell.js';
import { withChildren } from './family.js';
import { count, plural } from './format.js';

/**
 * @typedef {{comment?: string, until?: number, owner?: string, parent?: string}} More
 * @typedef {{id: string, result: string, reason?: string, v?: number, children?: number}} Result
 * @typedef {{text: string, tone: 'plain' | 'bad', rest?: string[], key: number}} Notice
 */

/** How each action is called, before and after. @type {Record<string, {word: string, done: string}>} */
export const ACTIONS = {
  acknowledge: { word: 'Acknowledge', done: 'acknowledged' },
  unacknowledge: { word: 'Unacknowledge', done: 'unacknowledged' },
  assign: { word: 'Assign', done: 'assigned' },
  shelve: { word: 'Shelve', done: 'shelved' },
  unshelve: { word: 'Unshelve', done: 'unshelved' },
  comment: { word: 'Comment', done: 'commented' },
  clear: { word: 'Clear', done: 'cleared' },
  close: { word: 'Close', done: 'closed' },
  group: { word: 'Group', done: 'grouped' },
  ungroup: { word: 'Ungroup', done: 'ungrouped' },
};

/** Actions that are not sent before a dialog was answered. */
export const ASKED = new Set(['assign', 'shelve', 'comment', 'clear', 'group']);

const MOST_AT_ONCE = 1_000;
const SLOW_MS = 5_000;
/** Actions that ask again when the alarm changed since it was seen. */
const CAREFUL = new Set(['clear', 'assign']);

/** Alarms that wait for an answer, and what the row says. @type {Cell<Map<string, string>>} */
export const pending = new Cell(new Map());
/** Alarms that this tab acted on, so that a held list may let them go. @type {Set<string>} */
export const mine = new Set();
/** Versions that own actions made; the feed may bring them a little later. @type {Map<string, number>} */
const versions = new Map();

/**
 * Return the newest version of an alarm that this tab knows of.
 * @param {string} id
 */
export const newest = (id) => Math.max(feed.rows.get(id)?.v ?? 0, versions.get(id) ?? 0);

/** Forget versions that the feed has brought, and those of alarms that are gone from it. */
function forget() {
  for (const [id, v] of versions) if ((feed.rows.get(id)?.v ?? v) >= v) versions.delete(id);
}

/** @type {Cell<Notice | null>} */
export const notice = new Cell(/** @type {Notice | null} */ (null));

/**
 * Do something to alarms, part by part; what became of it is told by `notice`.
 * @param {string} action
 * @param {string[]} ids
 * @param {More} [more]
 * @param {{atOnce?: number}} [how] alarms in one request
 */
export async function act(action, ids, more = {}, { atOnce = MOST_AT_ONCE } = {}) {
  if (!ids.length) return;
  forget();
  mark(ids, '...');
  /** @type {Result[]} */
  const results = [];
  const slow = setTimeout(() => mark(ids.slice(results.length), 'not confirmed yet'), SLOW_MS);
  try {
    while (results.length < ids.length) {
      const part = ids.slice(results.length, results.length + atOnce);
      results.push(...taken(await request(action, part, more)));
      mark(part, '');
    }
    tell(action, results);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tell(action, results, { rest: ids.slice(results.length), error });
  } finally {
    clearTimeout(slow);
    mark(ids, '');
  }
}

/** @param {Result[]} results */
function taken(results) {
  for (const { id, result, v } of results) {
    if (result === 'done') mine.add(id);
    if (v) versions.set(id, v);
  }
  return results;
}

/**
 * @param {string} action
 * @param {string[]} ids
 * @param {More} more
 * @returns {Promise<Result[]>}
 */
async function request(action, ids, more) {
  const alarms = ids.map((id) => (CAREFUL.has(action) ? { id, v: newest(id) } : { id }));
  const answer = await send('/api/v1/alarms/actions', { action, alarms, ...more }, { key: newKey() });
  return answer.results;
}

/** Return a new request id; `randomUUID` exists in secure contexts only. */
function newKey() {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[6] = (octets[6] & 0x0f) | 0x40;
  octets[8] = (octets[8] & 0x3f) | 0x80;
  const hex = [...octets].map((octet) => octet.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * @param {string} action
 * @param {Result[]} results
 * @param {{rest: string[], error: ApiError}} [failed] what was not answered, and why
 */
function tell(action, results, failed) {
  const { word, done } = ACTIONS[action];
  if (failed && !results.length) {
    say(`${word}: ${failed.error.message}`, 'bad', failed.rest);
    return;
  }
  const others = notDone(results, done);
  const good = results.filter((one) => one.result === 'done');
  const kids = withChildren(good.reduce((sum, one) => sum + (one.children ?? 0), 0));
  if (!others.size && !failed) {
    say(`${plural(good.length, 'alarm')} ${done}${kids}`, 'plain');
    return;
  }
  const parts = [...others].map(([why, ids]) => `${count(ids.length)} ${why}`);
  if (good.length || !parts.length) parts.unshift(`${count(good.length)} ${done}${kids}`);
  // Of the last part alone nothing was changed.
  if (failed) parts.push(`${count(failed.rest.length)} not: ${failed.error.message.replace('; nothing was changed', '')}`);
  const bad = failed || results.some((one) => one.result === 'refused');
  say(parts.join(', '), bad ? 'bad' : 'plain', [...[...others.values()].flat(), ...(failed?.rest ?? [])]);
}

/**
 * Return the alarms that it was not done to, by the reason.
 * @param {Result[]} results
 * @param {string} done
 */
function notDone(results, done) {
  /** @type {Map<string, string[]>} */
  const others = new Map();
  for (const { id, result, reason } of results) {
    if (result === 'done') continue;
    const why = result === 'unchanged' ? `already ${done}` : result === 'gone' ? 'gone' : `refused: ${reason ?? 'no reason given'}`;
    others.set(why, [...(others.get(why) ?? []), id]);
  }
  return others;
}

let key = 0;

/**
 * @param {string} text
 * @param {'plain' | 'bad'} tone
 * @param {string[]} [rest] alarms that a link selects
 */
export function say(text, tone, rest = []) {
  key += 1;
  notice.set({ text, tone, rest, key });
}

/**
 * @param {string[]} ids
 * @param {string} word empty: nothing waits
 */
function mark(ids, word) {
  const next = new Map(pending.value);
  for (const id of ids) {
    if (word) next.set(id, word);
    else next.delete(id);
  }
  pending.set(next);
  edition.set(edition.value + 1);
}
