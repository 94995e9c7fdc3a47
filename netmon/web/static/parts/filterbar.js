/** View, filter with its chips, grouping, export. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useCell } from '../lib/cell.js';
import { MORE } from '../lib/columns.js';
import { safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { parse, without } from '../lib/filter.js';
import { prefer, prefs } from '../lib/prefs.js';
import { joinedWith } from '../lib/views.js';
import { Menu } from './layer.js';

export const GROUPINGS = /** @type {Record<string, string>} */ ({
  root: 'root cause',
  element: 'element',
  site: 'site',
  service: 'service',
  none: 'off',
});

/**
 * @param {{text: string, filter: import('../lib/filter.js').Filter, set: (text: string) => void, view: string, views: import('../lib/views.js').View[],
 *   choose: (view: import('../lib/views.js').View) => void, keep: any[], grouping: string, group: (name: string) => void,
 *   csv: string, counted: string, focusRef: {current: HTMLInputElement | null}}} props
 */
export function FilterBar(props) {
  const { view, views, choose, keep, grouping, group, csv, counted } = props;
  return html`<div class="bar">
    <${Menu} label=${safe(view)} items=${views.map((one) => ({ label: safe(one.name), checked: one.name === view, does: () => choose(one) })).concat(keep)} name=${`View: ${safe(view)}`} />
    <${Search} ...${props} />
    <${Menu} label=${`Group: ${GROUPINGS[grouping]}`} right
      items=${Object.entries(GROUPINGS).map(([name, label]) => ({ label, checked: name === grouping, does: () => group(name) }))} />
    <${Columns} />
    <a class="btn" href=${csv} download data-load>Export CSV</a>
    <span class="muted num counted">${counted}</span>
  </div>`;
}

function Columns() {
  const { columns } = useCell(prefs);
  const toggled = (/** @type {string} */ name) => Object.keys(MORE).filter((one) => columns.includes(one) !== (one === name));
  const items = Object.entries(MORE).map(([name, { word }]) => ({ label: word, checked: columns.includes(name), does: () => prefer({ columns: toggled(name) }) }));
  return html`<span class="columns"><${Menu} label="Columns" right items=${items} many /></span>`;
}

/**
 * The field holds what is being typed; terms that are whole stand before it as chips.
 * @param {{text: string, filter: import('../lib/filter.js').Filter, set: (text: string) => void, focusRef: {current: HTMLInputElement | null}}} props
 */
export function Search({ text, filter, set, focusRef }) {
  const [typed, setTyped] = useState('');
  const [error, setError] = useState('');
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const { terms, error: wrong, bad } = filter;
  // A filter of an address that somebody sent may be wrong: it is told, and filters nothing.
  const told = error || (wrong && `${safe(bad ?? '')}: ${safe(wrong)}; nothing is filtered`);
  useEffect(() => setError(''), [text]);

  const take = () => {
    const words = typed.trim();
    if (!words) return;
    const found = parse(words);
    setError(found.error);
    if (found.error) return;
    setTyped('');
    set(filter.error ? `${text} ${words}`.trim() : joinedWith(filter, found));
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Enter') take();
    else if (event.key === 'Escape') {
      event.stopPropagation();
      setTyped('');
      setError('');
      focusRef.current?.blur();
    } else if (event.key === 'Backspace' && !typed && terms.length) {
      const last = terms[terms.length - 1];
      set(without(text, last));
      setTyped(last.text);
      event.preventDefault();
    }
  };
  const onInput = (/** @type {any} */ event) => {
    setTyped(event.target.value);
    setError(parse(event.target.value).error);
  };
  return html`<div class=${told ? 'search bad' : 'search'} ref=${box} onClick=${() => focusRef.current?.focus()}>
    ${terms.map((term) => html`<span class="chip" key=${term.start}>${label(term)}
      <button type="button" aria-label=${`Remove ${term.text}`} onClick=${() => set(without(text, term))}>×</button></span>`)}
    ${bad && html`<span class="chip bad" key="bad"><span><b>${safe(bad)}</b></span>
      <button type="button" aria-label=${`Remove ${safe(bad)}`} onClick=${() => set(text.replace(bad, '').replace(/ +/g, ' ').trim())}>×</button></span>`}
    <input ref=${focusRef} type="text" value=${typed} spellcheck=${false} autocomplete="off" aria-label="Filter"
      aria-invalid=${String(Boolean(told))} aria-describedby="filter-error"
      placeholder=${terms.length > 2 ? 'Filter' : 'Filter: element, text, key:value'} onInput=${onInput} onKeyDown=${onKeyDown} onBlur=${take} />
    <kbd>/</kbd>
    <span id="filter-error" class="why" role="status">${told}</span>
  </div>`;
}

/** @param {import('../lib/filter.js').Term} term */
export function label(term) {
  const values = safe(term.values.join(', '));
  if (!term.key) return html`<span>${term.not ? 'not ' : ''}<b>${values}</b></span>`;
  return html`<span>${term.not ? 'not ' : ''}${term.key} <b>${values}</b></span>`;
}
