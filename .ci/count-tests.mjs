// usage: count-tests.mjs REPORT STATUS: prints "passed failed skipped" of vitest's JSON report.
// A run that failed outside of any test (a hook, an import, no report at all) counts as one failure.
import { existsSync, readFileSync } from 'node:fs';

const [, , file, status] = process.argv;
const report = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
const failed = report.numFailedTests === 0 && status !== '0' ? 1 : report.numFailedTests;
console.log(report.numPassedTests, failed, report.numPendingTests + report.numTodoTests);
