/** One row of the alarm list; it renders again only when what it shows changed. */
import { Component } from 'preact';
import { MORE } from '../lib/columns.js';
import { bothZones, clock, count, safe } from '../lib/format.js';
import { elementName, elementTitle, shortObject } from '../lib/filter.js';
import { html } from '../lib/html.js';
import { Fold, Severity } from './glyph.js';
import { Tags } from './tags.js';

/**
 * @typedef {{row: import('../lib/live.js').Row, index: number, top: number, depth: number, kids: number, open: boolean,
 *   selected: boolean, current: boolean, pending: string, fresh: boolean, age: string, shelved: string, zone: string,
 *   columns: string[], names: import('../lib/names.js').Names, on: (what: string, id: string, event: Event) => void}} Props
 */

export class AlarmRow extends Component {
  /** @param {any} next */
  shouldComponentUpdate(next) {
    for (const name of Object.keys(next)) if (next[name] !== this.props[name]) return true;
    return false;
  }

  render() {
    const { row, index, top, depth, kids, selected, current, fresh, age, shelved, zone } = /** @type {Props} */ (/** @type {any} */ (this.props));
    const severity = row.cleared ? 'cleared' : row.sev;
    const names = ['tr', severity, row.cleared ? 'clr' : row.ack || row.closed ? 'ack' : 'unack'];
    if (depth) names.push('child');
    if (current) names.push('cur');
    if (fresh) names.push('fresh');
    return html`<div class=${names.join(' ')} role="row" id=${`a-${row.id}`} data-id=${row.id} aria-rowindex=${index + 2} aria-selected=${String(selected)}
      style=${{ transform: `translateY(${top}px)` }} onClick=${(/** @type {Event} */ event) => this.props.on('open', row.id, event)}>
      <span role="gridcell" class="ck-cell"><span class="ck" onClick=${(/** @type {Event} */ event) => this.props.on('toggle', row.id, event)}></span></span>
      <span role="gridcell" class="tw">${this.fold()}</span>
      <span role="gridcell"><${Severity} severity=${severity} /></span>
      ${this.state_()}
      <span role="gridcell" class="dev" title=${safe(elementTitle(row))}>${safe(elementName(row))}</span>
      <span role="gridcell" class="obj mono muted" title=${safe(row.ends?.join(', ') ?? row.obj)}>${safe(shortObject(row))}</span>
      <span role="gridcell" class="prob" title=${safe([row.text, row.alias].filter(Boolean).join(', '))}><span class="txt">${safe(row.text)}</span>${row.alias && html`<span class="alias dim">${safe(row.alias)}</span>`}${Tags({ row, kids, depth, shelved, chosen: selected || current })}</span>
      <span role="gridcell" class="own muted" title=${safe(row.owner)}>${safe(row.owner)}</span>
      ${this.more()}
      <span role="gridcell" class="r num muted n">${count(row.n ?? 1)}</span>
      <span role="gridcell" class="r num muted raised" title=${bothZones(row.raised, zone)}>${clock(row.raised, zone)}</span>
      <span role="gridcell" class="r num age">${age}</span>
    </div>`;
  }

  more() {
    const { row, zone, columns, names } = /** @type {any} */ (this.props);
    return columns.map((/** @type {string} */ name) => {
      const text = safe(MORE[name].text(row, zone, names));
      return html`<span role="gridcell" class="xtra muted" title=${name === 'changed' ? bothZones(row.changed, zone) : text}>${text}</span>`;
    });
  }

  fold() {
    const { row, kids, open } = /** @type {any} */ (this.props);
    if (!kids) return null;
    const press = (/** @type {Event} */ event) => this.props.on('fold', row.id, event);
    return html`<button type="button" tabindex="-1" aria-expanded=${String(open)} aria-label=${open ? 'Fold children' : `Unfold ${kids} children`} onClick=${press}><${Fold} open=${open} /></button>`;
  }

  state_() {
    const { row, depth, pending, shelved } = /** @type {any} */ (this.props);
    const [word, name] = pending ? [pending, 'wait'] : stateWord(row, depth, shelved);
    return html`<span role="gridcell" class=${`st ${name}`} title=${pending ? '' : stateTitle(row)}>${safe(word)}</span>`;
  }
}

/**
 * @param {import('../lib/live.js').Row} row
 * @param {number} depth
 * @param {string} shelved
 * @returns {[string, string]}
 */
function stateWord(row, depth, shelved) {
  if (row.cleared) return ['Cleared', ''];
  if (shelved) return [`Shelved ${shelved}`, ''];
  if (row.closed) return ['Closed', ''];
  if (row.owner) return [row.owner, ''];
  if (row.ack) return [row.ack === 'true' ? 'Acknowledged' : String(row.ack), ''];
  return depth ? ['Child', ''] : ['New', 'new'];
}

/** @param {import('../lib/live.js').Row} row */
function stateTitle(row) {
  const words = [];
  if (row.ack) words.push(`acknowledged by ${row.ack}`);
  if (row.owner) words.push(`owner ${row.owner}`);
  return words.length ? safe(words.join(', ')) : 'not acknowledged';
}
