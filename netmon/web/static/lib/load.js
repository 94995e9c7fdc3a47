/** Answers of the API as components use them: asked anew when the address changes, and every so often. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import { ApiError, get } from './api.js';
import { connection } from './alarms.js';

/**
 * @typedef {{data: any, error: ApiError | null, again: () => void, path: string}} Loaded
 */

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
    get(path, { signal: end.signal })
      .then((data) => {
        setFound({ data, error: null, path });
      })
      .catch((error) => {
        if (end.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setFound((was) => ({ data: was.path === path ? was.data : null, error, path }));
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
