/** A small line without axes; `null` breaks it. */
import { html } from '../lib/html.js';

const WIDTH = 100;
const HEIGHT = 22;

/**
 * Return the path of a line, from 0 to its greatest value.
 * @param {(number | null | undefined)[]} values
 */
export function path(values) {
  const top = Math.max(1e-9, ...values.map((value) => value ?? 0));
  let open = false;
  let text = '';
  values.forEach((value, index) => {
    if (value === null || value === undefined) {
      open = false;
      return;
    }
    const x = (index * WIDTH) / Math.max(1, values.length - 1);
    text += `${open ? 'L' : 'M'}${x.toFixed(1)} ${(HEIGHT - 1.5 - (value / top) * (HEIGHT - 3)).toFixed(1)}`;
    open = true;
  });
  return text;
}

/** @param {{values: (number | null | undefined)[] | undefined, label?: string}} props */
export function Spark({ values, label }) {
  const hidden = label ? undefined : 'true';
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role=${label ? 'img' : undefined}
    aria-label=${label} aria-hidden=${hidden}><path d=${path(values ?? [])} /></svg>`;
}
