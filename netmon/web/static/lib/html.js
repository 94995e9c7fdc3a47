/** Templates as Preact elements; text is always a text node. */
import { h } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);
