/** Menus and dialogs: what floats above the page; the list is held while one is open. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Cell } from '../lib/cell.js';
import { html } from '../lib/html.js';
import { Chevron } from './glyph.js';

/** How many layers are open. */
export const layers = new Cell(0);

function useLayer(open) {
  useEffect(() => {
    if (!open) return undefined;
    layers.set(layers.value + 1);
    return () => layers.set(layers.value - 1);
  }, [open]);
}

/**
 * @typedef {{label: any, does?: () => void, href?: string, off?: string, checked?: boolean, hint?: string}} Item
 * @param {{label: any, items: Item[], class?: string, title?: string, off?: string, chevron?: boolean, up?: boolean,
 *   right?: boolean, name?: string, many?: boolean}} props many: several items may be checked
 */
export function Menu({ label, items, class: name = 'btn', title, off, chevron = true, up, right, name: called, many }) {
  const [open, setOpen] = useState(false);
  const root = useRef(/** @type {HTMLElement | null} */ (null));
  useLayer(open);
  useEffect(() => {
    if (!open) return undefined;
    const all = entries(root.current);
    (all.find((item) => item.getAttribute('aria-checked') === 'true') ?? all[0])?.focus();
    const outside = (/** @type {Event} */ event) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);

  const close = () => {
    setOpen(false);
    root.current?.querySelector('button')?.focus();
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const all = entries(root.current);
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    /** @type {Record<string, () => void>} */
    const keys = {
      Escape: close,
      Tab: () => setOpen(false),
      ArrowDown: () => all[(at + 1) % all.length]?.focus(),
      ArrowUp: () => all[(at - 1 + all.length) % all.length]?.focus(),
      Home: () => all[0]?.focus(),
      End: () => all.at(-1)?.focus(),
    };
    if (!keys[event.key]) return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  };
  const role = items.some((item) => item.checked !== undefined) ? (many ? 'menuitemcheckbox' : 'menuitemradio') : 'menuitem';
  return html`<span class="menu" ref=${root} onKeyDown=${open ? onKeyDown : undefined}>
    <button type="button" class=${name} aria-haspopup="menu" aria-expanded=${String(open)} title=${off || title}
      aria-label=${called} aria-disabled=${off ? 'true' : undefined} onClick=${() => !off && setOpen(!open)}>${label}${chevron && html`<${Chevron} />`}</button>
    ${open && html`<div role="menu" class=${`pop ${up ? 'up' : ''} ${right ? 'right' : ''}`}>
      ${items.map((item) => html`<${Entry} item=${item} role=${role} close=${close} />`)}
    </div>`}
  </span>`;
}

/** @param {{item: Item, role: string, close: () => void}} props */
function Entry({ item, role, close }) {
  const does = () => {
    if (item.off) return;
    close();
    item.does?.();
  };
  const words = html`<span>${item.label}</span>${item.hint && html`<small>${item.hint}</small>`}`;
  if (item.href) {
    return html`<a role=${role} tabindex="-1" href=${item.href} data-load download>${words}</a>`;
  }
  return html`<button type="button" role=${role} tabindex="-1" title=${item.off} aria-disabled=${item.off ? 'true' : undefined}
    aria-checked=${item.checked === undefined ? undefined : String(item.checked)} onClick=${does}>${words}</button>`;
}

/** @param {HTMLElement | null} root */
const entries = (root) =>
  /** @type {HTMLElement[]} */ ([...(root?.querySelectorAll('[role^=menuitem]') ?? [])]);

/**
 * A dialog that traps the focus and gives it back; Escape closes it.
 * @param {{title: any, close: () => void, children: any, wide?: boolean, sticky?: boolean}} props
 */
export function Dialog({ title, close, children, wide, sticky }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayer(true);
  useEffect(() => {
    const back = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (back instanceof HTMLElement && back.isConnected) back.focus();
    };
  }, []);
  const cancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!sticky) close();
  };
  return html`<dialog ref=${dialog} class=${wide ? 'wide' : ''} onCancel=${cancel} aria-labelledby="dialog-title">
    <h2 id="dialog-title">${title}</h2>${children}
  </dialog>`;
}
