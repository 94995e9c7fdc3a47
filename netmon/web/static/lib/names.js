/** Names of what alarms say by id: sites and services. They are read when a list shows them. */
import { useMemo } from 'preact/hooks';
import { useLoad } from './load.js';

/** @typedef {Record<string, Map<string, string>>} Names by kind and id */

/** How several names stand in one heading. @type {Record<string, string>} */
const BETWEEN = { service: ', ' };
const NAMES_EVERY_MS = 300_000;

/**
 * Return the names that a list needs, as far as they have been read.
 * @param {string[]} shown groupings and columns
 * @returns {Names}
 */
export function useNames(shown) {
  const site = useNamesOf('site', shown.includes('site'));
  const service = useNamesOf('service', shown.includes('service') || shown.includes('services'));
  return useMemo(() => ({ site, service }), [site, service]);
}

/**
 * @param {string} kind
 * @param {boolean} wanted
 */
function useNamesOf(kind, wanted) {
  const { data } = useLoad(wanted ? `/api/v1/names?kind=${kind}` : '', { every: NAMES_EVERY_MS });
  return useMemo(() => new Map((data?.names ?? []).map((/** @type {any} */ one) => [one.id, one.name])), [data]);
}

/**
 * Return ids as their names.
 * @param {Names} names
 * @param {string} kind
 * @param {string} ids one, or several as a heading has them
 */
export function named(names, kind, ids) {
  const between = BETWEEN[kind];
  return (between ? ids.split(between) : [ids]).map((id) => names[kind]?.get(id) ?? id).join(between);
}
