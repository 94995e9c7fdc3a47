/** Order and filter of the element list: pure. */
import { rank } from './severity.js';

/** @type {Record<string, (one: any) => any>} */
const SORTS = {
  name: (one) => one.name ?? one.id,
  worst: (one) => rank(one.worst || 'none') - (one.worst || !one.hidden ? 0 : 0.5),
  alarms: (one) => one.alarms ?? 0,
  site: (one) => one.site_name ?? one.site ?? '',
  type: (one) => one.type ?? '',
  reachability: (one) => one.reachability ?? '',
  agent: (one) => one.agent ?? '',
  last_poll: (one) => one.last_poll ?? 0,
  poll_ms: (one) => one.poll_ms ?? 0,
  if_down: (one) => one.if_down ?? 0,
};

export const SORTABLE_ELEMENTS = Object.keys(SORTS);

/** @type {Record<string, (one: any) => any[]>} */
const READ = {
  element: (one) => [one.id, one.name],
  site: (one) => [one.site, one.site_name],
  role: (one) => [one.role],
  type: (one) => [one.type],
  severity: (one) => [one.worst || 'none'],
  reachability: (one) => [one.reachability],
  agent: (one) => [one.agent],
  tag: (one) => tagsOf(one.tags),
  address: (one) => one.addresses ?? [],
};

/** @param {any} tags */
const tagsOf = (tags) => (Array.isArray(tags) ? tags : Object.entries(tags ?? {}).flatMap(([name, value]) => [name, `${name}=${value}`]));

export const KEYS = Object.keys(READ);

/**
 * Return the elements in order; senders that the inventory does not know come last, as their own group.
 * @param {any[]} elements
 * @param {string} sort `-` first: greatest first
 */
export function ordered(elements, sort) {
  const down = sort.startsWith('-') ? -1 : 1;
  const read = SORTS[sort.replace('-', '')] ?? SORTS.worst;
  return elements.slice().sort(
    (one, other) =>
      Number(Boolean(one.unknown)) - Number(Boolean(other.unknown)) ||
      down * compare(read(one), read(other)) ||
      (other.alarms ?? 0) - (one.alarms ?? 0) ||
      compare(one.id, other.id),
  );
}

/**
 * @param {any} one
 * @param {any} other
 */
const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

/**
 * Return what keeps the elements that match every word; `key:value` looks at one column only.
 * @param {string} text
 * @returns {{fits: (one: any) => boolean, error: string}}
 */
export function elementFilter(text) {
  const tests = [];
  for (const word of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const [, not, key, value] = /^(-?)(?:([a-z_]+):)?(.*)$/.exec(word) ?? [];
    if (key && !READ[key]) return { fits: () => true, error: `unknown key "${key}"; one of ${KEYS.join(', ')}` };
    const read = key ? READ[key] : (/** @type {any} */ one) => [one.id, one.name, one.site_name, one.type, one.software, ...(one.addresses ?? [])];
    const wanted = value.split(',').filter(Boolean);
    const test = (/** @type {any} */ one) => !wanted.length || read(one).some((found) => found && wanted.some((part) => String(found).toLowerCase().includes(part)));
    tests.push(not ? (/** @type {any} */ one) => !test(one) : test);
  }
  return { fits: (one) => tests.every((test) => test(one)), error: '' };
}
