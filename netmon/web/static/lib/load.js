/** Answers of the API as components use them: asked anew when the address changes, and every so often. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { ApiError, get } from './api.js';
import { connection } from './alarms.js';

const BUSY_MS = 2_000;
const AT_ONCE = 2;
/** A range that is passed by while a key is held is not asked for. */
const SETTLE_MS = 120;

/**
 * @typedef {{data: any, error: ApiError | null, again: () => void, path: string}} Loaded
 */

/** Queries of series that run; the server runs two at a time, so more would only wait there. */
let running = 0;
/** @type {(() => void)[]} */
const waiting = [];

/**
 * Read an address; queries of series take turns, and those that nobody wants any more are never asked.
 * @param {string} path
 * @param {AbortSignal} signal
 */
async function inTurn(path, signal) {
  if (!path.startsWith('/api/v1/query')) return get(path, { signal });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  while (running >= AT_ONCE && !signal.aborted) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
  if (signal.aborted) {
    waiting.shift()?.();
    throw new DOMException('nobody waits for it', 'AbortError');
  }
  running += 1;
  try {
    return await get(path, { signal });
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

/**
 * Read an address; what was read stays while it is read anew, and when that fails.
 * @param {string} path empty: nothing
 * @param {{every?: number, on?: any}} [how] every: milliseconds; on: read anew when this changes
 * @returns {Loaded}
 */
export function useLoad(path, { every = 0, on } = {}) {
  const [found, setFound] = useState(/** @type {{data: any, error: ApiError | null, path: string}} */ ({ data: null, error: null, path: '' }));
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((was) => was + 1), []);
  useEffect(() => {
    if (!path) return undefined;
    const end = new AbortController();
    inTurn(path, end.signal)
      .then((data) => {
        setFound({ data, error: null, path });
      })
      .catch((error) => {
        if (end.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setFound((was) => ({ data: was.path === path ? was.data : null, error, path }));
        // A server that is busy says so with 503, and means a moment.
        if (error.status === 503) setTimeout(() => end.signal.aborted || again(), BUSY_MS);
      });
    return () => end.abort();
  }, [path, round, on]);
  useEffect(() => {
    if (!every || !path) return undefined;
    const timer = setInterval(() => !document.hidden && again(), every);
    return () => clearInterval(timer);
  }, [path, every]);
  useEffect(() => {
    // What failed because the server was away is read when it is back.
    const away = found.error && (!found.error.status || found.error.status >= 500);
    return away ? connection.follow(() => connection.value.live && again()) : undefined;
  }, [found.error]);
  const mine = found.path === path;
  return { data: mine ? found.data : null, error: mine ? found.error : null, again, path };
}
