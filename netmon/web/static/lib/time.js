/** The server's clock, as this page knows it, and a beat each second that pages follow. */
import { Cell } from './cell.js';

let offset = 0;

/** Time of the server in ms UTC, moved on once a second. */
export const second = new Cell(Date.now());

/**
 * Take the server's time; a browser whose clock is wrong still shows right ages.
 * @param {number | undefined} now ms UTC
 */
export function learn(now) {
  if (now === undefined) return;
  const found = now - Date.now();
  // A message is on its way for some time: the offset that is greatest is the nearest to the truth.
  offset = Math.abs(found - offset) > 2_000 ? found : Math.max(offset, found);
}

/** Return the server's time now in ms UTC. */
export const serverNow = () => Date.now() + offset;

/**
 * Return the browser's time of a moment as the server's.
 * @param {number} at
 */
export const asServer = (at) => at + offset;

/** Begin to count seconds, at the full second. */
export function startClock() {
  const beat = () => {
    second.set(serverNow());
    setTimeout(beat, 1_000 - (serverNow() % 1_000) + 5);
  };
  beat();
}
