/** What the top bar and the band say of the connection: pure, from what is known. */
import { age, clock, count, zoneName } from './format.js';

export const SILENT_MS = 12_000;

/**
 * @typedef {{now: number, zone: string, listed: boolean, heardAt: number, link: {mode: string, up: boolean, tries: number},
 *   engine: {up: boolean, since: number}, perSecond: number, lagMs: number, signedOut: boolean, updated: boolean,
 *   limited: {shown: number, total: number} | null}} Known
 * @typedef {{state: string, word: string, live: boolean, act: boolean, since: number,
 *   band: {text: string, retry?: boolean, reload?: boolean, quiet?: boolean} | null}} Connection
 */

/**
 * @param {Known} known
 * @returns {Connection}
 */
export function connectionOf(known) {
  const { now, zone, heardAt } = known;
  const at = (/** @type {number} */ ms) => `${clock(ms, zone)} ${zoneName(zone, ms)}`;
  const off = { live: false, act: false, since: heardAt };
  const old = `No news from netmon since ${at(heardAt)}. What you see may be old.`;
  if (known.signedOut) return { ...off, state: 'signed out', word: 'Signed out', band: null };
  if (!known.link.up) {
    const tries = `Reconnecting, try ${known.link.tries}`;
    const text = known.listed ? `${old} ${tries}` : `netmon does not answer. ${tries}`;
    return { ...off, state: 'disconnected', word: 'Disconnected', band: { text, retry: true } };
  }
  if (!known.listed) return { ...off, state: 'connecting', word: 'Connecting', band: null };
  if (now - heardAt > SILENT_MS) {
    return { ...off, state: 'stale', word: `Stale for ${age(now - heardAt)}`, band: { text: old, retry: true } };
  }
  if (!known.engine.up) {
    const text = `The engine is not answering since ${at(known.engine.since)}; last known state, no new alarms`;
    return { ...off, since: known.engine.since, state: 'engine down', word: 'Engine down', band: { text } };
  }
  return { state: 'live', word: liveWord(known), live: true, act: true, since: now, band: bandOf(known) };
}

/** @param {Known} known */
function liveWord({ link, perSecond, lagMs }) {
  if (link.mode === 'poll') return 'Live every 2 s';
  const rate = perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1).replace('.0', '') : count(perSecond);
  return `Live, ${rate} events/s, lag ${(lagMs / 1000).toFixed(1)} s`;
}

/** @param {Known} known */
function bandOf({ limited, updated }) {
  if (updated) return { text: 'netmon was updated.', reload: true, quiet: true };
  if (!limited) return null;
  const { shown, total } = limited;
  return { text: `${count(shown)} worst of ${count(total)} shown; filters search all`, quiet: true };
}
