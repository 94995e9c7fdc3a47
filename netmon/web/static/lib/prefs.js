/** What this browser prefers: theme, zone, density, keys, columns. */
import { Cell } from './cell.js';

const STORED = 'netmon';

/**
 * @typedef {{theme: 'system' | 'light' | 'dark', zone: 'utc' | 'local', density: 'normal' | 'compact',
 *   keys: boolean, columns: string[]}} Prefs
 */

/** @type {Prefs} */
const AT_FIRST = { theme: 'system', zone: 'utc', density: 'normal', keys: true, columns: [] };

/** @returns {Prefs} */
function stored() {
  try {
    return { ...AT_FIRST, ...JSON.parse(localStorage.getItem(STORED) ?? '{}') };
  } catch {
    return { ...AT_FIRST };
  }
}

/** @type {Cell<Prefs>} */
export const prefs = new Cell(stored());

/**
 * Change some, in this tab and, by the browser's storage event, in the others.
 * @param {Partial<Prefs>} some
 */
export function prefer(some) {
  prefs.set({ ...prefs.value, ...some });
  try {
    localStorage.setItem(STORED, JSON.stringify(prefs.value));
  } catch {
    // Storage refused: the choice lasts as long as the page.
  }
}

/** Show the theme and density on the document, now and whenever they change here or in another tab. */
export function followPreferences() {
  const show = () => {
    const { theme, density } = prefs.value;
    const root = document.documentElement;
    if (theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = theme;
    if (density === 'compact') root.dataset.density = 'compact';
    else delete root.dataset.density;
  };
  prefs.follow(show);
  addEventListener('storage', (event) => {
    if (event.key === STORED) prefs.set(stored());
  });
  show();
}

/** Return the theme that is seen now. */
export function shownTheme() {
  if (prefs.value.theme !== 'system') return prefs.value.theme;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}
