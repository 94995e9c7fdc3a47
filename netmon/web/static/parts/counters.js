/** The five counters over the list: total, unacknowledged, the last hour; a click filters. */
import { counters } from '../lib/alarms.js';
import { useCell } from '../lib/cell.js';
import { count } from '../lib/format.js';
import { html } from '../lib/html.js';
import { ACTIVE, WORD } from '../lib/severity.js';
import { Glyph } from './glyph.js';
import { Spark } from './spark.js';

/** @param {{chosen: string[], choose: (severity: string) => void}} props */
export function Counters({ chosen, choose }) {
  const known = useCell(counters);
  return html`<div class="counters" role="group" aria-label="Active alarms by severity, whatever the filter" title="All active alarms, whatever the filter says">
    ${ACTIVE.map((severity) => {
      const found = known?.sev?.[severity];
      const total = found?.total ?? 0;
      return html`<button type="button" class=${`cnt ${severity} ${total ? '' : 'zero'}`} aria-pressed=${String(chosen.includes(severity))}
        onClick=${() => choose(severity)}>
        <${Glyph} severity=${severity} />
        <span class="words"><span class="lab">${WORD[severity]}</span><span class="un num">${known ? unacknowledged(found) : ' '}</span></span>
        <${Spark} values=${found?.spark} />
        <b>${known ? count(total) : ''}</b>
      </button>`;
    })}
  </div>`;
}

/** @param {{total: number, unack: number} | undefined} found */
const unacknowledged = (found) =>
  !found?.total ? 'none' : found.unack ? `${count(found.unack)} unacknowledged` : 'all acknowledged';
