/** Which rows of a long list are in view. */
import { useCallback, useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { useCell } from '../lib/cell.js';
import { prefs } from '../lib/prefs.js';

const AROUND = 5;

/** Below this width of the window the rows are cards. */
export const CARDS = matchMedia('(max-width: 899px)');

/** Return the height of a row in pixels, as the style sheet has it. */
export function useRowHeight() {
  const { density } = useCell(prefs);
  const [cards, setCards] = useState(CARDS.matches);
  useEffect(() => {
    const change = () => setCards(CARDS.matches);
    CARDS.addEventListener('change', change);
    return () => CARDS.removeEventListener('change', change);
  }, []);
  return cards ? 76 : density === 'compact' ? 26 : 32;
}

/**
 * Follow the scrolling of a box.
 * @param {{current: HTMLElement | null}} box
 * @param {{count: number, header: number}} what
 */
export function useWindow(box, { count, header }) {
  const height = useRowHeight();
  const [view, setView] = useState({ top: 0, size: 900 });
  const onScroll = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const top = Math.floor(element.scrollTop / height) * height;
    setView((was) => (was.top === top && was.size === element.clientHeight ? was : { top, size: element.clientHeight }));
  }, [height]);
  useLayoutEffect(() => {
    onScroll();
    const watch = new ResizeObserver(onScroll);
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, [onScroll]);
  const first = Math.floor(view.top / height);
  const from = Math.max(0, Math.min(first - AROUND, count));
  const to = Math.min(count, first + Math.ceil((view.size - header) / height) + 1 + AROUND);
  return { from, to, height, scrolled: view.top, onScroll };
}
