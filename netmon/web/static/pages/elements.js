/** All elements: what they are, how they are, where to look first. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { connection } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { count, plural, safe } from '../lib/format.js';
import { elementFilter, ordered, SORTABLE_ELEMENTS } from '../lib/elements.js';
import { html } from '../lib/html.js';
import { bind } from '../lib/keys.js';
import { useLoad } from '../lib/load.js';
import { go, goQuery, place } from '../lib/router.js';
import { oneOf, upAndDown } from '../lib/strange.js';
import { second } from '../lib/time.js';
import { ElementRow } from '../parts/elementrow.js';
import { Band, Footer, TopBar } from '../parts/frame.js';
import { Notice } from '../parts/notice.js';
import { Empty, Failed, Loading } from '../parts/states.js';
import { Strange } from '../parts/strange.js';
import { useWindow } from '../parts/windowed.js';

const EVERY_MS = 5_000;
/** What an address may say of this page. */
const KNOWN = { q: null, sort: upAndDown(SORTABLE_ELEMENTS) };

/** @type {[string[], string][]} */
const HINTS = [[['J', 'K'], 'move'], [['Enter'], 'open'], [['/'], 'filter'], [['G', 'A'], 'alarms'], [['?'], 'all keys']];

const COLUMNS = [
  ['worst', 'Worst', ''], ['name', 'Name', ''], ['alarms', 'Alarms', 'r'], ['site', 'Site', ''], ['type', 'Type and software', 'kind'],
  ['reachability', 'Reachability', ''], ['agent', 'Agent', 'agent'], ['if_down', 'Ports down', 'r ports'], ['poll_ms', 'Poll time', 'r took'], ['last_poll', 'Last poll', 'r'],
];

export function ElementsPage() {
  const { query } = useCell(place);
  const { data, error, again } = useLoad('/api/v1/elements', { every: EVERY_MS });
  const sort = oneOf(query.get('sort'), KNOWN.sort, 'worst');
  const text = query.get('q') ?? '';
  const field = useRef(/** @type {HTMLInputElement | null} */ (null));
  const { fits, error: wrong } = useMemo(() => elementFilter(text), [text]);
  const rows = useMemo(() => ordered((data?.elements ?? []).filter(fits), sort), [data, fits, sort]);
  const [current, setCurrent] = useState('');
  const keys = useRef({ rows, current });
  keys.current = { rows, current };
  useEffect(() => {
    const move = (/** @type {number} */ step) => () => {
      const { rows: all, current: at } = keys.current;
      const index = all.findIndex((one) => one.id === at);
      const next = all[index < 0 ? 0 : Math.max(0, Math.min(all.length - 1, index + step))];
      if (next) setCurrent(next.id);
    };
    return bind({
      j: move(1), k: move(-1), ArrowDown: move(1), ArrowUp: move(-1), Home: move(-Infinity), End: move(Infinity), PageDown: move(20), PageUp: move(-20),
      Enter: () => keys.current.current && go(`/elements/${encodeURIComponent(keys.current.current)}`),
      '/': () => field.current?.focus(),
    });
  }, []);
  const set = (/** @type {string} */ q) => goQuery({ q: q || null }, { replace: true });
  const all = data?.elements.length ?? 0;
  return html`<div class="app"><${TopBar} /><${Band} /><${Strange} known=${KNOWN} />
    <section class="tools bar" aria-label="Filter"><h1 class="unseen">Elements</h1><div class=${wrong ? 'search bad' : 'search'}>
      <input ref=${field} type="text" value=${text} aria-label="Filter elements" placeholder="Filter: name, site, address, type, key:value" spellcheck=${false} autocomplete="off"
        onInput=${(/** @type {any} */ event) => set(event.target.value)} onKeyDown=${(/** @type {KeyboardEvent} */ event) => leave(event, set)} /><kbd>/</kbd>
      <span class="why" role="status">${wrong}</span></div>
      <span class="muted num counted">${data ? (rows.length === all ? plural(all, 'element') : `${count(rows.length)} of ${count(all)}`) : ''}</span></section>
    <main class="main"><div class="list"><${Body} data=${data} error=${error} again=${again} rows=${rows} sort=${sort} text=${text} set=${set} current=${current} /></div></main>
    <${Footer} keys=${HINTS} /><${Notice} />
  </div>`;
}

/**
 * @param {KeyboardEvent} event
 * @param {(q: string) => void} set
 */
function leave(event, set) {
  if (event.key !== 'Escape') return;
  event.stopPropagation();
  set('');
  if (event.target instanceof HTMLElement) event.target.blur();
}

/** @param {any} props */
function Body({ data, error, again, rows, sort, text, set, current }) {
  if (!data && error) return html`<${Failed} what="The elements could not be read." error=${error} retry=${again} />`;
  if (!data) return html`<${Loading} rows=${20} class="rows-like" />`;
  if (!data.elements.length) return html`<${Empty} title="No elements yet."><p>Traps from unknown senders appear here too.</p><p>Import some: <code>netmon inventory import FILE</code></p></${Empty}>`;
  if (!rows.length) return html`<${Empty} title="No element matches."><p class="offers"><button type="button" class="btn" onClick=${() => set('')}>Remove "${text}"</button></p>
    <p>${plural(data.elements.length, 'element')} left out by the filter.</p></${Empty}>`;
  return html`<${Grid} rows=${rows} sort=${sort} current=${current} />`;
}

/** @param {{rows: any[], sort: string, current: string}} props */
function Grid({ rows, sort, current }) {
  const scroller = useRef(/** @type {HTMLElement | null} */ (null));
  const firstUnknown = rows.findIndex((one) => one.unknown);
  const entries = firstUnknown > 0 || (firstUnknown === 0 && rows.length)
    ? [...rows.slice(0, firstUnknown), { group: 'Senders that the inventory does not know', id: ' ', size: rows.length - firstUnknown }, ...rows.slice(firstUnknown)]
    : rows;
  const grid = useWindow(scroller, { count: entries.length, header: 30 });
  const now = useCell(second);
  const { since, live } = useCell(connection);
  useEffect(() => {
    const at = entries.findIndex((one) => one.id === current);
    const box = scroller.current;
    if (at < 0 || !box) return;
    const top = at * grid.height;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top > box.scrollTop + box.clientHeight - 30 - grid.height) box.scrollTop = top - box.clientHeight + 30 + grid.height;
  }, [current]);
  const onSort = (/** @type {string} */ name) => {
    scroller.current?.focus({ preventScroll: true });
    goQuery({ sort: sort === name ? `-${name}` : name });
  };
  return html`<div class="grid elements" role="grid" tabindex="0" ref=${scroller} aria-label="Elements" aria-rowcount=${entries.length + 1}
    aria-activedescendant=${current ? `e-${current}` : undefined} onScroll=${grid.onScroll}>
    <div class="hd" role="row" aria-rowindex="1">${COLUMNS.map(([name, word, style]) => html`<span role="columnheader" class=${style} aria-sort=${sort.replace('-', '') === name ? (sort[0] === '-' ? 'descending' : 'ascending') : 'none'}>
      <button type="button" tabindex="-1" class=${sort.replace('-', '') === name ? 'on' : ''} onClick=${() => onSort(name)}>${word}${sort.replace('-', '') === name ? (sort[0] === '-' ? ' ▾' : ' ▴') : ''}</button></span>`)}</div>
    <div class="rows" role="rowgroup" style=${{ height: `${entries.length * grid.height}px` }}>
      ${entries.slice(grid.from, grid.to).map((one, place_) => {
        const index = grid.from + place_;
        const top = index * grid.height;
        if (one.group) return html`<div class="tr group" key=" " role="row" aria-rowindex=${index + 2} style=${{ transform: `translateY(${top}px)` }}><span role="gridcell" class="name">${safe(one.group)}</span><span role="gridcell" class="muted num">${count(one.size)}</span></div>`;
        return html`<${ElementRow} key=${one.id} one=${one} index=${index} top=${top} current=${one.id === current} now=${live ? now : since} />`;
      })}
    </div></div>`;
}
