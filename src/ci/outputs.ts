import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { Environment } from './platform.js';

/** GitHub refuses a step's summary beyond 1 MiB. */
const summaryLimit = 1_000_000;

/**
 * What later steps and jobs may read: `GITHUB_OUTPUT` where it is set, else the dotenv file (GitLab's reports:dotenv),
 * names in capitals behind PGM_.
 */
export function writeOutputs(
  values: Readonly<Record<string, string>>,
  environment: Environment,
  dotenv: string | undefined,
): void {
  const file = environment['GITHUB_OUTPUT'];
  if (file !== undefined && file !== '') appendFileSync(file, Object.entries(values).map(asOutput).join(''));
  if (dotenv !== undefined) appendFileSync(dotenv, Object.entries(values).map(asVariable).join(''));
}

/** A delimiter that no value can hold, so that none ends early and sets another. */
function asOutput([name, value]: readonly [string, string]): string {
  const end = `pgm_${randomUUID()}`;
  return `${name}<<${end}\n${value}\n${end}\n`;
}

function asVariable([name, value]: readonly [string, string]): string {
  return `PGM_${name.toUpperCase()}=${value.replace(/[\r\n]+/g, ' ')}\n`;
}

/** Markdown for the job's own page, where the service has one. */
export function writeSummary(markdown: string, environment: Environment): void {
  const file = environment['GITHUB_STEP_SUMMARY'];
  if (file !== undefined && file !== '') appendFileSync(file, `${markdown.slice(0, summaryLimit)}\n`);
}
