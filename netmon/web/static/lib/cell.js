/** A value that components follow. */
import { useEffect, useReducer, useState } from 'preact/hooks';

/** @template T */
export class Cell {
  /** @param {T} value */
  constructor(value) {
    this.value = value;
    /** @type {Set<() => void>} */
    this.followers = new Set();
  }

  /** @param {T} value */
  set(value) {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const follower of [...this.followers]) follower();
  }

  /**
   * @param {() => void} follower
   * @returns {() => void} ends it
   */
  follow(follower) {
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }
}

/**
 * Return the value of a cell; the component renders again when it changes.
 * @template T
 * @param {Cell<T>} cell
 * @returns {T}
 */
export function useCell(cell) {
  const [, again] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    const seen = cell.value;
    const end = cell.follow(() => again(0));
    if (cell.value !== seen) again(0);
    return end;
  }, [cell]);
  return cell.value;
}

/**
 * Return a cell that lives as long as the component.
 * @template T
 * @param {T} value
 * @returns {Cell<T>}
 */
export function useOwnCell(value) {
  const [cell] = useState(() => new Cell(value));
  return cell;
}
