/**
 * Reads vitest's JSON report and prints "PASSED FAILED". Skipped tests and files that could not be loaded count as failed, and are named.
 * Usage: count-tests.mjs REPORT EXIT_CODE_OF_THE_RUN
 */
import { readFileSync } from 'node:fs';

const [report, exitCode] = process.argv.slice(2);
const { testResults } = JSON.parse(readFileSync(report, 'utf8'));

let passed = 0;
let failed = 0;
for (const file of testResults) {
  if (file.assertionResults.length === 0) fail(`${file.name}: ${file.message || 'holds no test'}`);
  for (const test of file.assertionResults) {
    if (test.status === 'passed') passed += 1;
    else fail(`${test.status}: ${file.name}: ${test.fullName}`);
  }
}
if (failed === 0 && exitCode !== '0') fail(`the run ended with exit code ${exitCode}`);
console.log(`${passed} ${failed}`);

function fail(line) {
  failed += 1;
  console.error(line);
}
