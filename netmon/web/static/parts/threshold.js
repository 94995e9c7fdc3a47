/** The limit that an alarm crossed, with the course of its metric. */
import { measure, safe } from '../lib/format.js';
import { html } from '../lib/html.js';
import { Later } from './later.js';

/** @param {any} props */
export function Threshold({ row, data }) {
  const found = data?.threshold;
  if (!found) return null;
  const pairs = [
    ['Observed', measure(Number(found.observed), found.unit)],
    ['Limit', `${found.direction === 'down' ? 'below' : 'above'} ${measure(Number(found.level), found.unit)}`],
    ['Clears at', found.clear === undefined ? '' : measure(Number(found.clear), found.unit)],
  ].filter(([, value]) => value);
  const indicator = String(found.indicator ?? '');
  return html`<section class="sec"><h3>Threshold ${safe(indicator)}</h3><dl>
    ${pairs.map(([name, value]) => html`<dt>${name}</dt><dd class="num">${value}</dd>`)}</dl>
    ${found.metric && html`<${Later} from=${() => import('./chartcard.js')} name="ChartCard" bare title=${safe(indicator)} range="6h"
      query=${{ metric: found.metric, element: row.el, object: row.obj }} />`}
  </section>`;
}
