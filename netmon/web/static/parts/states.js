/** What a page or panel shows when it has nothing else: loading, empty, failed. */
import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';

const QUIET_MS = 150;
const LONG_MS = 5_000;

/**
 * Nothing for 150 ms, then bars in the shape of what comes; after 5 s words and a way out.
 * @param {{rows?: number, cancel?: () => void, class?: string}} props
 */
export function Loading({ rows = 12, cancel, class: name = '' }) {
  const [stage, setStage] = useState(0);
  useEffect(() => {
    const timers = [setTimeout(() => setStage(1), QUIET_MS), setTimeout(() => setStage(2), LONG_MS)];
    return () => timers.forEach(clearTimeout);
  }, []);
  if (!stage) return html`<div class="loading" aria-busy="true"></div>`;
  return html`<div class=${`loading ${name}`} aria-busy="true">
    ${stage === 2 && html`<p class="still">Still loading ... ${cancel && html`<button type="button" class="btn" onClick=${cancel}>Cancel</button>`}</p>`}
    ${Array.from({ length: rows }, () => html`<div class="bone"><i></i><i></i><i></i></div>`)}
  </div>`;
}

/** @param {{title: any, children?: any}} props */
export const Empty = ({ title, children }) =>
  html`<div class="empty"><p class="what">${title}</p>${children && html`<div class="how">${children}</div>`}</div>`;

/**
 * What failed, why, and a way to try again; only the panel fails, not the page.
 * @param {{what: string, error: import('../lib/api.js').ApiError, retry?: () => void}} props
 */
export const Failed = ({ what, error, retry }) => html`<div class="empty" role="alert">
  <p class="what">${what}</p>
  <div class="how"><p>${error.message}</p>
    ${error.errors.map((one) => html`<p class="mono">${one.path ? `${one.path}: ` : ''}${one.message}</p>`)}
    ${retry && html`<p><button type="button" class="btn" onClick=${retry}>Retry</button></p>`}
  </div>
</div>`;
