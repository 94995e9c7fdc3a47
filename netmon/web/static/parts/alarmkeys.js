/** The keys of the alarms page. */
import { useEffect, useRef } from 'preact/hooks';
import { bind } from '../lib/keys.js';
import { go } from '../lib/router.js';
import { begin } from './begin.js';
import { release } from './alarmlist.js';

/**
 * @param {{model: import('../lib/model.js').ListModel, scroller: {current: HTMLElement | null}, open: string,
 *   field: {current: HTMLInputElement | null}, ask: (asked: any) => void, openPanel: (id: string) => void}} page
 */
export function useAlarmKeys(page) {
  const now = useRef(page);
  now.current = page;
  useEffect(() => bind(keymap(now)), []);
}

/**
 * @param {{current: Parameters<typeof useAlarmKeys>[0]}} now
 * @returns {import('../lib/keys.js').Keymap}
 */
function keymap(now) {
  const { model } = now.current;
  const shown = () => model.shown.value;
  const targets = () => (shown().selected.size ? [...shown().selected] : shown().current ? [shown().current] : now.current.open ? [now.current.open] : []);
  const does = (/** @type {string} */ action) => () => begin(action, targets(), now.current.ask);
  const move = (/** @type {number} */ step) => () => {
    model.move(step);
    if (now.current.open && shown().current) now.current.openPanel(shown().current);
  };
  const page = () => Math.max(1, Math.floor((now.current.scroller.current?.clientHeight ?? 320) / 32) - 2);
  const range = (/** @type {number} */ step) => () => {
    const from = shown().current;
    model.move(step);
    if (shown().current) model.selectRange(from, shown().current);
  };
  return {
    j: move(1),
    k: move(-1),
    ArrowDown: move(1),
    ArrowUp: move(-1),
    'Shift+ArrowDown': range(1),
    'Shift+ArrowUp': range(-1),
    Home: move(-Infinity),
    End: move(Infinity),
    PageDown: () => move(page())(),
    PageUp: () => move(-page())(),
    x: () => shown().current && model.toggle(shown().current),
    'Shift+x': () => selectToLast(model),
    'Ctrl+a': () => model.selectAll(),
    ArrowRight: () => model.unfold(shown().current, true),
    ArrowLeft: () => fold(model),
    Enter: () => shown().current && now.current.openPanel(shown().current),
    Escape: () => (now.current.open && !shown().selected.size ? now.current.openPanel('') : model.select([])),
    o: () => shown().current && go(`/alarms/${shown().current}`),
    '/': () => now.current.field.current?.focus(),
    n: () => release(model, now.current.scroller),
    p: () => model.hold('key', !model.reasons.has('key')),
    a: does('acknowledge'),
    'Shift+a': does('unacknowledge'),
    s: does('assign'),
    z: does('shelve'),
    'Shift+z': does('unshelve'),
    c: does('comment'),
    'Shift+c': does('clear'),
    d: does('close'),
  };
}

/**
 * Select from the alarm selected last to the current one.
 * @param {import('../lib/model.js').ListModel} model
 */
function selectToLast(model) {
  const { selected, current } = model.shown.value;
  const last = [...selected].at(-1);
  if (last && current) model.selectRange(last, current);
  else if (current) model.toggle(current);
}

/**
 * Fold the current alarm, or go to its parent.
 * @param {import('../lib/model.js').ListModel} model
 */
function fold(model) {
  const { entries, current } = model.shown.value;
  if (model.unfolded.has(current)) {
    model.unfold(current, false);
    return;
  }
  const at = entries.findIndex((entry) => entry.id === current);
  if (at < 0 || !entries[at].depth) return;
  for (let up = at; up >= 0; up -= 1) {
    if (entries[up].depth < entries[at].depth) {
      model.focus(entries[up].id);
      return;
    }
  }
}
