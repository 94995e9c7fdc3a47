/** Planned work: what an alarm or an element is under, until when and by whom; operators end it or plan more. */
import { useState } from 'preact/hooks';
import { say } from '../lib/actions.js';
import { connection } from '../lib/alarms.js';
import { ApiError, may, send, session, withQuery } from '../lib/api.js';
import { useCell } from '../lib/cell.js';
import { moment, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { useLoad } from '../lib/load.js';
import { prefs } from '../lib/prefs.js';
import { second } from '../lib/time.js';
import { MaintenanceDialog } from './maintenancedialog.js';

const EVERY_MS = 10_000;
const REASON = 'maint:';
export const PATH = '/api/v1/maintenance';

/**
 * @typedef {{id: string, where: string, mode: string, open: boolean, from: string, to: string, recurs?: string,
 *   from_rules?: boolean, comment?: string, by?: string}} Window
 */

/**
 * The windows that hide an alarm, or mark it.
 * @param {{row: import('../lib/live.js').Row}} props
 */
export function AlarmMaintenance({ row }) {
  const ids = (row.hidden ?? []).filter((one) => one.startsWith(REASON)).map((one) => one.slice(REASON.length));
  const planned = Boolean(row.flags?.includes('planned'));
  const { data, again } = useLoad(ids.length || planned ? PATH : '', { every: EVERY_MS });
  /** @type {Window[]} */
  const windows = (data?.windows ?? []).filter((/** @type {Window} */ one) => one.open && (ids.includes(one.id) || one.mode === 'mark'));
  if (!windows.length) return null;
  return html`<section class="sec"><h3>Maintenance</h3>
    ${windows.map((one) => html`<${Shown} key=${one.id} window=${one} again=${again} />`)}</section>`;
}

/**
 * The windows of an element or a part of it, and the way to a new one.
 * @param {{id: string, known: boolean}} props
 */
export function ElementMaintenance({ id, known }) {
  const { data, again } = useLoad(withQuery(PATH, { element: id }), { every: EVERY_MS });
  const [asked, setAsked] = useState(false);
  const off = useOff('plan maintenance');
  /** @type {Window[]} */
  const windows = data?.windows ?? [];
  if (!data || (!windows.length && !may('operate'))) return null;
  const plan = () => (off ? say(off, 'bad') : setAsked(true));
  return html`<section class="card wide maint"><h2>Maintenance <span>${windows.some((one) => one.open) ? 'under way' : windows.length ? 'planned' : 'none planned'}</span>
    <span class="grow"></span>${known && html`<button type="button" class="btn" title=${off || undefined} aria-disabled=${off ? 'true' : undefined} onClick=${plan}>Plan maintenance</button>`}</h2>
    ${windows.map((one) => html`<${Shown} key=${one.id} window=${one} again=${again} />`)}
    ${asked && html`<${MaintenanceDialog} id=${id} close=${() => setAsked(false)} done=${again} />`}
  </section>`;
}

/** @param {{window: Window, again: () => void}} props */
function Shown({ window: one, again }) {
  const now = useCell(second);
  const { zone } = useCell(prefs);
  const at = (/** @type {string} */ text) => moment(Date.parse(text), now, zone);
  const when = one.open ? `until ${at(one.to)}` : `${at(one.from)} to ${at(one.to)}`;
  const by = one.from_rules ? `by rule file, ${one.id}` : `by ${one.by}`;
  return html`<p class="window"><span><strong>${one.open ? 'Now' : 'Planned'}</strong>, <span class="num">${when}</span>, ${safe(by)}${one.mode === 'mark' ? ', marked only' : ''}
    ${one.comment ? html`<br />${safe(one.comment)}` : ''}${one.recurs ? html`<br /><span class="mono muted">${safe(one.recurs)}</span>` : ''}
    <br /><span class="mono muted">${safe(one.where || 'everything')}</span></span>
    ${!one.from_rules && html`<${EndNow} id=${one.id} open=${one.open} again=${again} />`}</p>`;
}

/** @param {{id: string, open: boolean, again: () => void}} props */
function EndNow({ id, open, again }) {
  const [asked, setAsked] = useState(false);
  const off = useOff('end maintenance');
  if (!may('operate')) return null;
  const end = async () => {
    if (off || asked) return off && say(off, 'bad');
    setAsked(true);
    try {
      await send(`${PATH}/${encodeURIComponent(id)}`, undefined, { method: 'DELETE' });
      say(open ? 'Maintenance ends: what is still active is shown in a moment.' : 'The maintenance is taken back.', 'plain');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      say(`End maintenance: ${error.message}`, 'bad');
    } finally {
      setAsked(false);
      again();
    }
  };
  return html`<button type="button" class="btn" title=${off || undefined} aria-disabled=${off || asked ? 'true' : undefined} onClick=${end}>${open ? 'End now' : 'Take back'}</button>`;
}

/**
 * Return why the operator cannot do something now; empty: it can be done.
 * @param {string} what
 */
function useOff(what) {
  const { act, word } = useCell(connection);
  if (!may('operate')) return `Your role, ${session.value?.role}, may not ${what}; that needs role operator or admin`;
  return act ? '' : `Off: ${word}`;
}
