/** The address: everything an operator would send to a colleague is in it. */
import { Cell } from './cell.js';

/** @typedef {{path: string, query: URLSearchParams}} Place */

/** @returns {Place} */
const here = () => ({ path: location.pathname, query: new URLSearchParams(location.search) });

/** @type {Cell<Place>} */
export const place = new Cell(here());

/**
 * Go to an address of this site.
 * @param {string} to path and query
 * @param {{replace?: boolean}} [how]
 */
export function go(to, how = {}) {
  if (to === location.pathname + location.search) return;
  if (how.replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  place.set(here());
}

/**
 * Return an address; values that are empty are left out, `null` too.
 * @param {string} path
 * @param {Record<string, string | null | undefined>} query
 */
export function address(path, query = {}) {
  const kept = Object.entries(query).filter((pair) => pair[1] !== null && pair[1] !== undefined);
  const text = new URLSearchParams(/** @type {[string, string][]} */ (kept)).toString();
  return text ? `${path}?${text}` : path;
}

/**
 * Change some words of the query, keep the others.
 * @param {Record<string, string | null>} some `null` removes
 * @param {{replace?: boolean}} [how]
 */
export function goQuery(some, how = {}) {
  const query = Object.fromEntries(place.value.query);
  go(address(place.value.path, { ...query, ...some }), how);
}

/** Let links of this site change the page without loading it. */
export function followAddress() {
  addEventListener('popstate', () => place.set(here()));
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin) return;
    if (link.hasAttribute('download') || link.dataset.load !== undefined) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

/**
 * Match a path with a pattern such as `/alarms/:id`.
 * @param {string} pattern
 * @param {string} path
 * @returns {Record<string, string> | null}
 */
export function match(pattern, path) {
  const wanted = pattern.split('/');
  const given = path.replace(/(.)\/$/, '$1').split('/');
  if (wanted.length !== given.length) return null;
  /** @type {Record<string, string>} */
  const found = {};
  for (const [index, word] of wanted.entries()) {
    if (word.startsWith(':')) found[word.slice(1)] = decode(given[index]);
    else if (word !== given[index]) return null;
  }
  return found;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
