/** The worst severity in each ten minutes of the last day. */
import { useCell } from '../lib/cell.js';
import { hourMinute } from '../lib/format.js';
import { html } from '../lib/html.js';
import { prefs } from '../lib/prefs.js';
import { WORD } from '../lib/severity.js';
import { serverNow } from '../lib/time.js';

const LABELS = 5;
const NO_DATA = 'no-data';

/** @param {{strip: {from: number, to: number, step_s: number, slots: string[]}}} props */
export function Strip({ strip }) {
  const { zone } = useCell(prefs);
  const { from, to, step_s: step, slots } = strip;
  const times = Array.from({ length: LABELS }, (_, index) => Math.min(from + ((to - from) * index) / (LABELS - 1), serverNow()));
  const blind = slots.filter((slot) => slot === NO_DATA).length;
  const bad = slots.filter(Boolean).length - blind;
  const summary = [bad ? `${bad} of ${slots.length} spans had an alarm` : blind === slots.length ? '' : blind ? 'no alarm in the others' : 'no alarm in 24 h', blind ? `nobody watched ${blind} of ${slots.length}` : ''].filter(Boolean).join(', ');
  return html`<section class="card wide day"><h2>State over 24 h <span>worst severity per ${Math.round(step / 60)} min</span>
      <span class="meaning" aria-hidden="true"><i></i>no alarm<i class="no-data"></i>not watched</span></h2>
    <div class="strip" role="img" aria-label=${summary}>
      ${slots.map((severity, index) => html`<i class=${severity} title=${`${hourMinute(from + index * step * 1e3, zone)} ${severity === NO_DATA ? 'not watched, nothing is known' : severity ? WORD[severity] : 'no alarm'}`}></i>`)}</div>
    <div class="scale dim num">${times.map((at) => html`<span>${hourMinute(at, zone)}</span>`)}</div>
  </section>`;
}
