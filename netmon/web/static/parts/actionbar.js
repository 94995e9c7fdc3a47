/** The buttons of actions: in the bar over the list and in the panel of an alarm. */
import { connection } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { below, withChildren } from '../lib/family.js';
import { count } from '../lib/format.js';
import { html } from '../lib/html.js';
import { begin, whyOff } from './begin.js';
import { Menu } from './layer.js';

/** @param {{word: string, keys?: string, off: string, does: () => void, primary?: boolean}} props */
export const ActionButton = ({ word, keys, off, does, primary }) =>
  html`<button type="button" class=${primary ? 'btn p' : 'btn'} aria-disabled=${off ? 'true' : undefined} title=${off || undefined}
    onClick=${() => !off && does()}>${word}${keys && html`<kbd>${keys}</kbd>`}</button>`;

/** @param {{ids: string[], selected: number, ask: (asked: {action: string, ids: string[]}) => void, drop: () => void}} props */
export function BulkBar({ ids, selected, ask, drop }) {
  const off = whyOff(useCell(connection));
  if (!selected) return null;
  const does = (/** @type {string} */ action) => () => begin(action, ids, ask);
  const more = [
    { label: 'Unacknowledge', hint: 'Shift+A', does: does('unacknowledge'), off },
    { label: 'Unshelve', hint: 'Shift+Z', does: does('unshelve'), off },
    { label: 'Clear', hint: 'Shift+C', does: does('clear'), off },
    { label: 'Close', hint: 'D', does: does('close'), off },
    { label: 'Group ...', does: does('group'), off: off || (ids.length < 2 ? 'Select the parent, too' : '') },
    { label: 'Ungroup', does: does('ungroup'), off },
  ];
  return html`<div class="bulk" role="toolbar" aria-label="Actions on selected alarms">
    <b class="num">${count(selected)} selected</b>
    <${ActionButton} primary word=${`Acknowledge${withChildren(below(ids))}`} keys="A" off=${off} does=${does('acknowledge')} />
    <${ActionButton} word="Assign" keys="S" off=${off} does=${does('assign')} />
    <${ActionButton} word="Shelve" keys="Z" off=${off} does=${does('shelve')} />
    <${ActionButton} word="Comment" keys="C" off=${off} does=${does('comment')} />
    <${Menu} label="More" up items=${more} />
    <button type="button" class="iconb drop" title="Select nothing" onClick=${drop}>Esc</button>
  </div>`;
}

/** @param {{row: import('../lib/live.js').Row, ask: (asked: {action: string, ids: string[]}) => void}} props */
export function PanelActions({ row, ask }) {
  const off = whyOff(useCell(connection)) || (row.cleared ? 'This alarm is cleared' : '');
  const does = (/** @type {string} */ action) => () => begin(action, [row.id], ask);
  const more = [
    { label: 'Comment', hint: 'C', does: does('comment'), off: whyOff(connection.value) },
    { label: 'Clear', hint: 'Shift+C', does: does('clear'), off },
    { label: 'Close', hint: 'D', does: does('close'), off: row.closed ? 'It is closed' : whyOff(connection.value) },
    { label: 'Ungroup', does: does('ungroup'), off: off || (row.parents?.length ? '' : 'It is nobody’s child') },
  ];
  return html`<div class="sec acts">
    ${row.ack
      ? html`<${ActionButton} word="Unacknowledge" off=${off} does=${does('unacknowledge')} />`
      : html`<${ActionButton} primary word="Acknowledge" keys="A" off=${off} does=${does('acknowledge')} />`}
    <${ActionButton} word="Assign" off=${off} does=${does('assign')} />
    ${row.shelved_until
      ? html`<${ActionButton} word="Unshelve" off=${off} does=${does('unshelve')} />`
      : html`<${ActionButton} word="Shelve" off=${off} does=${does('shelve')} />`}
    <${Menu} label="More" right items=${more} />
  </div>`;
}
