/** Keys: single letters, off while typing, and G with a second letter for the pages. */
import { go } from './router.js';
import { prefs } from './prefs.js';

/**
 * @typedef {(event: KeyboardEvent) => void} Does
 * @typedef {Record<string, Does>} Keymap
 */

/** @type {Set<Keymap>} */
const maps = new Set();
const PREFIX_MS = 1_500;

/** @type {Record<string, string>} */
export const PAGES = { a: '/alarms', e: '/elements', u: '/usage', y: '/system' };

/**
 * Bind keys while a page or dialog lives; what was bound last wins.
 * @param {Keymap} map names such as `a`, `Shift+A`, `Ctrl+a`, `ArrowDown`
 * @returns {() => void} ends it
 */
export function bind(map) {
  maps.add(map);
  return () => maps.delete(map);
}

/** Listen from now on. */
export function followKeys() {
  let prefixed = 0;
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const name = nameOf(event);
    if (name !== 'Escape' && (typing(event) || !prefs.value.keys)) return;
    if (document.querySelector('dialog[open]') || (name === 'Enter' && pressable(event.target))) return;
    if (prefixed > event.timeStamp && PAGES[event.key.toLowerCase()]) {
      prefixed = 0;
      event.preventDefault();
      go(PAGES[event.key.toLowerCase()]);
      return;
    }
    prefixed = name === 'g' ? event.timeStamp + PREFIX_MS : 0;
    for (const map of [...maps].reverse()) {
      if (!map[name]) continue;
      event.preventDefault();
      map[name](event);
      return;
    }
  });
}

/** @param {KeyboardEvent} event */
function nameOf(event) {
  const letter = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return `Ctrl+${letter}`;
  if (event.altKey) return `Alt+${letter}`;
  const named = event.key.length > 1 || /[a-z]/.test(letter);
  return event.shiftKey && named ? `Shift+${letter}` : letter;
}

/** @param {EventTarget | null} target */
const pressable = (target) => target instanceof HTMLElement && target.closest('button, a[href], summary') !== null;

/** @param {KeyboardEvent} event */
function typing(event) {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('[role=menu]')) return true;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
