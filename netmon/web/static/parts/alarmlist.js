/** The windowed list of alarms: rows in view and a few around them, keyed by alarm. */
import { useEffect, useRef } from 'preact/hooks';
import { pending } from '../lib/actions.js';
import { connection } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { MORE } from '../lib/columns.js';
import { age, plural, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { named, useNames } from '../lib/names.js';
import { prefs } from '../lib/prefs.js';
import { second } from '../lib/time.js';
import { AlarmRow } from './alarmrow.js';
import { useWindow } from './windowed.js';

/** Rows below the view that should be there before they are scrolled to. */
const NEAR_END = 50;

/** Width of the columns that are always there, and of each other one: below it the list is scrolled sideways. */
const LEAST_PX = 980;
/** Columns on demand stand before the count. */
const BESIDE = 6;

const COLUMNS = [
  ['severity', 'Severity', '', 'How bad it is now (X.733 perceived severity)'],
  ['state', 'State', '', 'What was done about it: New is not acknowledged, a name is who has it'],
  ['element', 'Element', '', 'Where it is'],
  ['object', 'Object', '', 'The part of the element'],
  ['problem', 'Problem', '', 'What is wrong, bold until it is acknowledged'],
  ['owner', 'Owner', 'own', 'Whom it is assigned to'],
  ['count', 'Count', 'r n', 'How often it was raised, earlier occurrences that it follows included'],
  ['raised', 'Raised', 'r raised', 'When this occurrence began; hover a time for its date'],
  ['age', 'Age', 'r age', 'Time since it was raised; of a cleared one how long it lasted'],
];

/**
 * @param {{model: import('../lib/model.js').ListModel, sort: string, onSort: ((name: string) => void) | null,
 *   on: (what: string, id: string, event: Event) => void, label: string, scroller: {current: HTMLElement | null},
 *   more?: (() => void) | null}} props more: reads what comes after the last row
 */
export function AlarmList({ model, sort, onSort, on, label, scroller, more }) {
  const { entries, current, selected, waiting, held } = useCell(model.shown);
  const grid = useWindow(scroller, { count: entries.length, header: 30 });
  useScrollTo(scroller, { entries, current, grid });
  useEffect(() => model.hold('scroll', grid.scrolled > 4), [grid.scrolled > 4]);
  const ends = grid.to + NEAR_END >= entries.length;
  useEffect(() => {
    if (ends) more?.();
  }, [ends, more]);
  const rows = entries.slice(grid.from, grid.to);
  const { columns } = useCell(prefs);
  const names = useNames([...columns, model.grouping]);
  const wide = columns.length ? { '--more': `repeat(${columns.length}, minmax(80px, 130px))`, '--least': `${LEAST_PX + 90 * columns.length}px` } : {};
  return html`<div class=${columns.length ? 'grid wider' : 'grid'} style=${wide} role="grid" tabindex="0" ref=${scroller} aria-label=${label} aria-rowcount=${entries.length + 1}
    aria-multiselectable="true" aria-activedescendant=${current ? `a-${current}` : undefined} onScroll=${grid.onScroll}
    onPointerMove=${() => model.pointer()} onPointerLeave=${() => model.hold('pointer', false)}>
    <${Header} sort=${sort} onSort=${onSort} columns=${columns} />
    <div class="rows" role="rowgroup" style=${{ height: `${entries.length * grid.height}px` }}>
      <${Rows} model=${model} rows=${rows} grid=${grid} current=${current} selected=${selected} on=${on} names=${names} />
    </div>
    <${Pill} waiting=${waiting.length} held=${held} pressed=${model.reasons.has('key')} show=${() => release(model, scroller)} />
  </div>`;
}

/**
 * Show what is new from the top.
 * @param {import('../lib/model.js').ListModel} model
 * @param {{current: HTMLElement | null}} scroller
 */
export function release(model, scroller) {
  if (scroller.current) scroller.current.scrollTop = 0;
  model.release();
}

/** @param {any} props */
function Rows({ model, rows, grid, current, selected, on, names }) {
  const now = useCell(second);
  const waits = useCell(pending);
  const { zone, columns } = useCell(prefs);
  const { since, live } = useCell(connection);
  // A page that hears nothing lets no age go on.
  const at = live ? now : since;
  return rows.map((/** @type {import('../lib/list.js').Entry} */ entry, /** @type {number} */ place) => {
    const index = grid.from + place;
    const top = index * grid.height;
    if (entry.group) return html`<div class="tr group" key=${entry.id} role="row" aria-rowindex=${index + 2} style=${{ transform: `translateY(${top}px)` }}>
      <span role="gridcell" class="name">${safe(named(names, model.grouping, entry.group))}</span><span role="gridcell" class="muted num">${plural(entry.kids, 'alarm')}</span></div>`;
    const row = model.row(entry.id);
    if (!row) return null;
    return html`<${AlarmRow} key=${entry.id} row=${row} index=${index} top=${top} depth=${entry.depth} kids=${entry.kids} open=${entry.open}
      selected=${selected.has(entry.id)} current=${entry.id === current} pending=${waits.get(entry.id) ?? ''}
      fresh=${model.newcomers.isFresh(entry.id)} age=${age((row.cleared ?? at) - row.raised)}
      shelved=${row.shelved_until ? age(row.shelved_until - at) : ''} zone=${zone} columns=${columns} names=${names} on=${on} />`;
  });
}

/** @param {{sort: string, onSort: ((name: string) => void) | null, columns: string[]}} props */
function Header({ sort, onSort, columns }) {
  const more = columns.map((name) => [name, MORE[name].word, 'xtra', MORE[name].means]);
  const down = sort.startsWith('-');
  const by = sort.replace('-', '');
  return html`<div class="hd" role="row" aria-rowindex="1">
    <span role="columnheader"><span class="unseen">Selected</span></span><span role="columnheader"><span class="unseen">Children</span></span>
    ${COLUMNS.toSpliced(BESIDE, 0, ...more).map(([name, word, style, means]) => !onSort ? html`<span role="columnheader" class=${style} title=${means}>${name === 'age' ? 'Lasted' : word}</span>` : html`<span role="columnheader" class=${style} aria-sort=${name === by ? (down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" tabindex="-1" title=${means} class=${name === by ? 'on' : ''} onClick=${() => onSort(name)}>${word}${name === by ? (down ? ' ▾' : ' ▴') : ''}</button></span>`)}
  </div>`;
}

/** @param {{waiting: number, held: boolean, pressed: boolean, show: () => void}} props */
function Pill({ waiting, held, pressed, show }) {
  if (!held || (!waiting && !pressed)) return null;
  const text = waiting ? `${plural(waiting, 'new alarm')}, list held while you work. Show (N)` : 'List held. Release (P)';
  return html`<div class="pill-row"><button type="button" class="pill num" onClick=${show}>${text}</button></div>`;
}

/**
 * Keep the current row in view when the operator moves to another one.
 * @param {{current: HTMLElement | null}} scroller
 * @param {any} what
 */
function useScrollTo(scroller, { entries, current, grid }) {
  const last = useRef('');
  useEffect(() => {
    if (!current || current === last.current) return;
    last.current = current;
    const at = entries.findIndex((/** @type {any} */ entry) => entry.id === current);
    const box = scroller.current;
    if (at < 0 || !box) return;
    const top = at * grid.height;
    const space = box.clientHeight - 30 - grid.height;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top > box.scrollTop + space) box.scrollTop = top - space;
  }, [current, entries]);
}
