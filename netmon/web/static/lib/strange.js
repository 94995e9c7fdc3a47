/** What an address says that its page does not know: told, never dropped in silence. */
import { nearest } from './filter.js';

/**
 * Return the values that a name may have; null: any, undefined: there is no such name.
 * @param {Record<string, string[] | null>} known
 * @param {string} name
 */
export const valuesOf = (known, name) => (Object.hasOwn(known, name) ? known[name] : undefined);

/**
 * Return what is wrong with the query of an address, in words.
 * @param {URLSearchParams} query
 * @param {Record<string, string[] | null>} known the values of each name; null: any
 * @returns {string[]}
 */
export function strange(query, known) {
  const found = [];
  for (const [name, value] of query) {
    const values = valuesOf(known, name);
    if (values === undefined) found.push(`"${name}=${value}" means nothing here${nearest(name, Object.keys(known))}`);
    else if (values && !values.includes(value)) found.push(`"${name}=${value}" is none of ${values.filter((one) => !one.startsWith('-')).join(', ')}${nearest(value, values)}`);
  }
  return found;
}

/**
 * Return a value of an address, or the usual one where it is none of those known.
 * @param {string | null} value
 * @param {string[]} known
 * @param {string} usual
 */
export const oneOf = (value, known, usual) => (value !== null && known.includes(value) ? value : usual);

/**
 * Return names as an order has them, up and down.
 * @param {string[]} names
 */
export const upAndDown = (names) => names.flatMap((name) => [name, `-${name}`]);
