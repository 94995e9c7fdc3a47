/** Severity as shape and word, and the few other drawings. */
import { html } from '../lib/html.js';
import { WORD } from '../lib/severity.js';

/** @type {Record<string, any>} */
const SHAPES = {
  critical: () => html`<path d="M8 .6 15.6 14.6H.4Z" />`,
  major: () => html`<path d="M8 0 16 8 8 16 0 8Z" />`,
  minor: () => html`<rect x="1.6" y="1.6" width="12.8" height="12.8" rx="1.5" />`,
  warning: () => html`<circle cx="8" cy="8" r="7.2" />`,
  indeterminate: () => html`<path d="M4.6 1h6.8L15 4.6v6.8L11.4 15H4.6L1 11.4V4.6Z" />`,
  cleared: () => html`<path d="m1 8.6 2-2.2 3.4 3.2L13 2.4l2 2.1-8.6 9.3Z" />`,
};

/** @param {{severity: string, class?: string}} props */
export const Glyph = ({ severity, class: name = '' }) =>
  html`<svg class=${`glyph ${name}`} viewBox="0 0 16 16" aria-hidden="true">${(SHAPES[severity] ?? SHAPES.indeterminate)()}</svg>`;

/** @param {{severity: string}} props */
export const Severity = ({ severity }) =>
  html`<span class=${`sev ${severity}`}><${Glyph} severity=${severity} />${WORD[severity] ?? severity}</span>`;

export const Brand = () => html`<a class="brand" href="/alarms" aria-label="netmon, alarms">
  <svg viewBox="0 0 18 18" aria-hidden="true"><path d="M1 10h3.4L7 3.5l4 11 2.4-4.5H17" /></svg>netmon
</a>`;

export const Chevron = () => html`<svg class="chev" viewBox="0 0 10 10" aria-hidden="true"><path d="m2 3.5 3 3 3-3" /></svg>`;

/** @param {{open: boolean}} props */
export const Fold = ({ open }) =>
  html`<svg class=${open ? 'chev' : 'chev shut'} viewBox="0 0 10 10" aria-hidden="true"><path d="m2 3.5 3 3 3-3" /></svg>`;
