/** X.733 perceived severities, worst first. */
export const SEVERITIES = ['critical', 'major', 'minor', 'warning', 'indeterminate', 'cleared'];

/** Severities an active alarm may have. */
export const ACTIVE = SEVERITIES.slice(0, 5);

/** @type {Record<string, string>} */
export const WORD = {
  critical: 'Critical',
  major: 'Major',
  minor: 'Minor',
  warning: 'Warning',
  indeterminate: 'Indeterminate',
  cleared: 'Cleared',
};

/** @type {Record<string, string>} */
export const MARK = { critical: 'C', major: 'M', minor: 'm', warning: 'W', indeterminate: '?', cleared: '' };

/** @type {Record<string, number>} */
const RANK = Object.fromEntries(SEVERITIES.map((name, index) => [name, index]));

/**
 * Return the rank of a severity: 0 is the worst; unknown words come last.
 * @param {string | undefined} severity
 */
export const rank = (severity) => RANK[severity ?? ''] ?? SEVERITIES.length;
