/** The five counters over the list: all that are visible, those not acknowledged, the last hour; a click filters. */
import { counters } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { count } from '../lib/format.js';
import { html } from '../lib/html.js';
import { ACTIVE, WORD } from '../lib/severity.js';
import { Glyph } from './glyph.js';
import { Spark } from './spark.js';

/**
 * @param {{model: import('../lib/model.js').ListModel, own: boolean, chosen: string[], choose: (severity: string) => void}} props
 *   own: the list is filtered, so that it may have other alarms than are counted
 */
export function Counters({ model, own, chosen, choose }) {
  const known = useCell(counters);
  return html`<div class="counters" role="group" aria-label="Visible active alarms by severity, whatever the filter" title="All active alarms but those that are hidden, shelved or closed, whatever the filter says">
    ${ACTIVE.map((severity) => {
      const found = known?.sev?.[severity];
      const total = found?.total ?? 0;
      return html`<button type="button" class=${`cnt ${severity} ${total ? '' : 'zero'}`} aria-pressed=${String(chosen.includes(severity))}
        onClick=${() => choose(severity)}>
        <${Glyph} severity=${severity} />
        <span class="words"><span class="lab">${WORD[severity]}</span><span class="un num">${known ? unacknowledged(found) : ' '}${known && own && html`<${Listed} model=${model} severity=${severity} total=${total} />`}</span></span>
        <${Spark} values=${found?.spark} />
        <b>${known ? count(total) : ''}</b>
      </button>`;
    })}
  </div>`;
}

/** @param {{total: number, unack: number} | undefined} found */
const unacknowledged = (found) =>
  !found?.total ? 'none' : found.unack ? `${count(found.unack)} unacknowledged` : 'all acknowledged';

/**
 * How many of a severity stand in the list, where that is another number.
 * @param {{model: import('../lib/model.js').ListModel, severity: string, total: number}} props
 */
function Listed({ model, severity, total }) {
  const { listed } = useCell(model.shown);
  const here = listed[severity] ?? 0;
  return here === total ? null : html`, ${count(here)} listed`;
}
