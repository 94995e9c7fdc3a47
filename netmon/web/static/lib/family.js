/** Who is below whom: what an acknowledgment of a parent means for its children. */
import { feed } from './alarms.js';
import { plural } from './format.js';

/**
 * Return how many alarms are acknowledged with these, apart from themselves.
 * @param {string[]} ids
 */
export function below(ids) {
  if (!ids.some((id) => feed.rows.get(id)?.kids)) return 0;
  /** @type {Map<string, string[]>} */
  const children = new Map();
  for (const { id, parents, cleared } of feed.rows.values()) {
    if (cleared === undefined) for (const parent of parents ?? []) children.set(parent, [...(children.get(parent) ?? []), id]);
  }
  const asked = new Set(ids);
  const found = new Set(ids);
  // A set is gone through with what is added on the way.
  for (const id of found) for (const child of children.get(id) ?? []) found.add(child);
  return [...found].filter((id) => !asked.has(id) && !feed.rows.get(id)?.ack).length;
}

/**
 * Return `, with 14 children`; empty for none.
 * @param {number} number
 */
export const withChildren = (number) => (number ? `, with ${plural(number, 'child', 'children')}` : '');
