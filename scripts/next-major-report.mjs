/**
 * What a newer server has and has not.
 * @param {{ settings: string, catalogs: string }} before `postgres --describe-config`, and postgres.bki
 * @param {{ settings: string, catalogs: string }} now
 */
export function changes(before, now) {
  return [
    ...differences('setting', settingsOf(before.settings), settingsOf(now.settings)),
    ...differences('catalog column', columnsOf(before.catalogs), columnsOf(now.catalogs)),
  ];
}

function differences(what, before, now) {
  return [
    ...[...before.keys()].filter(name => !now.has(name)).map(name => `- ${what} ${name}`),
    ...[...now].filter(([name]) => !before.has(name)).map(([name, how]) => `+ ${what} ${name}${how}`),
    ...[...now]
      .filter(([name, how]) => before.has(name) && before.get(name) !== how)
      .map(([name, how]) => `~ ${what} ${name}${how}, was${before.get(name)}`),
  ];
}

/** Name to context and default: `wal_level` to ` (postmaster, default replica)`. */
function settingsOf(text) {
  const lines = text.split('\n').map(line => line.split('\t'));
  return new Map(
    lines
      .filter(([name]) => name)
      .map(([name, context, , , value]) => [name, ` (${context}, default ${value || 'empty'})`]),
  );
}

/** `create pg_class 1259 bootstrap … ( oid = oid , relname = name , …` of postgres.bki, a column a line. */
function columnsOf(text) {
  const columns = new Map();
  for (const [, catalog, body] of text.matchAll(/^create (\w+) \d+[^\n]*\n \(\n([\s\S]*?)\n \)/gm))
    for (const [, name, type] of body.matchAll(/^ (\w+) = (\S+)/gm)) columns.set(`${catalog}.${name}`, ` (${type})`);
  return columns;
}

/** One line a failed test of vitest's JSON report: its name and the first line of the reason. */
export function failures({ testResults }) {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const lines = tests
    .filter(({ status }) => status === 'failed')
    .map(({ fullName, failureMessages }) => `✗ ${fullName}: ${(failureMessages[0] ?? '').split('\n')[0]}`);
  const broken = testResults
    .filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.every(each => each.status !== 'failed'),
    )
    .map(({ name, message }) => `✗ ${name}: ${(message ?? '').split('\n')[0]}`);
  return { passed: tests.filter(({ status }) => status === 'passed').length, lines: [...lines, ...broken] };
}
