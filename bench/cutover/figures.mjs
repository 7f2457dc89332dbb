export const quantile = (numbers, q) =>
  [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.max(0, Math.ceil(q * numbers.length) - 1))];

/** Median, 95th percentile and maximum of a figure, with the limit that it is held to. */
export function summary(numbers, limit) {
  const known = numbers.filter(number => Number.isFinite(number));
  const p95 = quantile(known, 0.95);
  return {
    median: quantile(known, 0.5),
    p95,
    most: quantile(known, 1),
    runs: known.length,
    ...(limit === undefined ? {} : { limit, ratio: Math.round((p95 / limit) * 100) / 100 }),
  };
}

export function inWords(name, { median, p95, most, runs, limit, ratio }) {
  return (
    `${name}: median ${median} ms, p95 ${p95} ms, most ${most} ms (${runs} ` +
    `runs)${limit === undefined ? '' : `; p95 / ${limit} ms = ${ratio}`}`
  );
}

/** Milliseconds after the switch in which a slow transaction is still its doing: the pool's connections are new. */
const settling = 1000;

/** The longest transaction (milliseconds) that met the switch, and the longest of all others. */
export function longestPauses(slow, paused) {
  const longest = list => Math.max(0, ...list.map(({ began, ended }) => ended - began));
  const waited = ({ began, ended }) => began <= paused.last + settling && ended >= paused.first;
  return { pause: longest(slow.filter(waited)), beside: longest(slow.filter(each => !waited(each))) };
}

/** Acknowledged commits that are missing, ids that are there twice, and rows that nobody sent. */
export function compareWith(ledger, ids) {
  const there = new Map();
  for (const id of ids) there.set(id, (there.get(id) ?? 0) + 1);
  return {
    commits: ledger.acknowledged.size,
    missing: [...ledger.acknowledged].filter(id => !there.has(id)).length,
    doubled: [...there.values()].filter(count => count > 1).length,
    foreign: [...there.keys()].filter(id => !ledger.acknowledged.has(id) && !ledger.unknown.has(id)).length,
  };
}
