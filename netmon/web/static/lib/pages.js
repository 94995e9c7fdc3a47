/** A long list of the store, read page by page as it is scrolled. */
import { useCallback, useRef, useState } from 'preact/hooks';
import { say } from './actions.js';
import { ApiError, get } from './api.js';
import { useLoad } from './load.js';

/** @typedef {import('./live.js').Row} Row */

/** @type {Row[]} */
const NONE = [];

/**
 * Read a list of alarms. The pages that came after the first are dropped when the first is read anew.
 * @param {string} path with its query; empty: nothing
 * @returns {{rows: Row[], ready: boolean, more: (() => void) | null, error: ApiError | null, again: () => void}}
 *   more: reads the next page, null after the last
 */
export function usePages(path) {
  const { data, error, again } = useLoad(path);
  const [read, setRead] = useState(/** @type {{first: any, rows: Row[], after: string}} */ ({ first: null, rows: NONE, after: '' }));
  const asking = useRef('');
  const now = data && read.first !== data ? { first: data, rows: data.alarms, after: data.after ?? '' } : read;
  const { after } = now;
  const more = useCallback(() => {
    if (asking.current === after) return;
    asking.current = after;
    get(`${path}&${new URLSearchParams({ after })}`)
      .then((page) => setRead({ first: now.first, rows: [...now.rows, ...page.alarms], after: page.after ?? '' }))
      .catch((failure) => {
        if (!(failure instanceof ApiError)) throw failure;
        say(`Older alarms could not be read: ${failure.message}`, 'bad');
      })
      .finally(() => {
        asking.current = '';
      });
  }, [path, now.first, after]);
  return { rows: data ? now.rows : NONE, ready: Boolean(data), more: data && after ? more : null, error, again };
}
