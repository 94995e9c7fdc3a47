/** Whether actions are on, and how one begins. */
import { act, ASKED, say } from '../lib/actions.js';
import { connection, feed } from '../lib/alarms.js';
import { may, session } from '../lib/api.js';

/**
 * Return why actions are off, empty when they are on.
 * @param {{act: boolean, word: string}} connection
 */
export function whyOff({ act: on, word }) {
  if (!may('operate')) return `Your role, ${session.value?.role ?? 'unknown'}, may not change alarms; that needs role operator or admin`;
  return on ? '' : `Off: ${word}`;
}

/**
 * Begin an action: at once, or by the dialog that it needs.
 * @param {string} action
 * @param {string[]} ids
 * @param {(asked: {action: string, ids: string[]}) => void} ask
 */
export function begin(action, ids, ask) {
  const off = whyOff(connection.value);
  if (off) return say(off, 'bad');
  if (!ids.length) return;
  if (ASKED.has(action) || (action === 'close' && ids.some(isActive))) ask({ action, ids });
  else void act(action, ids);
}

/** @param {string} id */
const isActive = (id) => feed.rows.get(id)?.cleared === undefined;
