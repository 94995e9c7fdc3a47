/** Views that every operator has; own ones come from the server. */

/** @typedef {{name: string, filter: string, scope?: string, sort?: string, grouping?: string}} View */

export const DEFAULT = 'state:active -state:hidden,closed';

/**
 * Return the views that are built in.
 * @param {string} operator
 * @returns {View[]}
 */
export const builtIn = (operator) => [
  { name: 'Active alarms', filter: DEFAULT },
  { name: 'Unacknowledged', filter: 'state:new -state:hidden,closed' },
  { name: 'My alarms', filter: `state:active owner:"${operator}"` },
  { name: 'Shelved', filter: 'state:shelved' },
  { name: 'Flapping', filter: 'state:flapping state:active' },
  { name: 'Hidden', filter: 'state:hidden state:active', grouping: 'none' },
  { name: 'Closed', filter: 'state:closed' },
  { name: 'History', filter: '', scope: 'history', sort: '-raised', grouping: 'none' },
];
