// usage: failed-tests.mjs REPORT: prints file, name and the first line of the reason of each test that failed, from
// vitest's JSON report.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [, , file] = process.argv;
const { testResults = [] } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
for (const { name, status, message, assertionResults } of testResults) {
  const tests = assertionResults.filter(test => test.status === 'failed');
  for (const { fullName, failureMessages } of tests) print(name, fullName, failureMessages[0]);
  if (status === 'failed' && tests.length === 0) print(name, 'outside of a test', message);
}

function print(path, what, reason) {
  console.log(`  ${relative(process.cwd(), path)}: ${what}\n    ${String(reason).split('\n')[0]}`);
}
