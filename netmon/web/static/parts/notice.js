/** What became of an action, in words, for a while. */
import { useEffect } from 'preact/hooks';
import { notice } from '../lib/actions.js';
import { useCell } from '../lib/cell.js';
import { html } from '../lib/html.js';

const SHOWN_MS = 6_000;
const SHOWN_BAD_MS = 20_000;

/** @param {{select?: (ids: string[]) => void}} props */
export function Notice({ select }) {
  const said = useCell(notice);
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => notice.set(null), said.tone === 'bad' ? SHOWN_BAD_MS : SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return html`<div class="notices" role="status">${said && html`<div class=${`notice ${said.tone}`} key=${said.key}>
    <span>${said.text}</span>
    ${select && said.rest?.length ? html`<button type="button" class="link" onClick=${() => select(said.rest ?? [])}>Select ${said.rest.length === 1 ? 'it' : 'them'}</button>` : null}
    <button type="button" class="iconb" aria-label="Dismiss" onClick=${() => notice.set(null)}>×</button>
  </div>`}</div>`;
}
