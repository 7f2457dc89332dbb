import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { waitUntil } from '../support/wait.js';
import { kinds, pairName, pairs } from './cells.js';
import type { CellOutcome } from './run-cell.js';

interface Results {
  /** Names of all cells that there are, in the order to show them; those without a result were not run. */
  cells: readonly string[];
  results: Record<string, CellOutcome & { readonly versions: readonly [from: string, to: string] }>;
}

const everyCell = pairs.flatMap(pair => kinds.map(({ name }) => `${pairName(pair)}/${name}`));

/** Adds one cell to what earlier runs found; several runs may do so at the same time. */
export async function addResult(
  file: string,
  cell: string,
  outcome: CellOutcome,
  versions: readonly [string, string],
): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  await alone(`${file}.lock`, () => {
    const before = read(file);
    const now: Results = { cells: everyCell, results: { ...before?.results, [cell]: { versions, ...outcome } } };
    writeFileSync(`${file}.new`, `${JSON.stringify(now, null, 1)}\n`);
    renameSync(`${file}.new`, file);
  });
}

async function alone(lock: string, work: () => void): Promise<void> {
  await waitUntil(`nobody else has ${lock}`, () => {
    try {
      mkdirSync(lock);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
  try {
    work();
  } finally {
    rmSync(lock, { recursive: true });
  }
}

function read(file: string): Results | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
