import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { writeOwnFile } from '../own-file.js';
import { entries, field, integer, text } from './json.js';

/** The plans of one commit, in a folder that a pipeline keeps as an artifact. It holds no secret. */
export interface Manifest {
  readonly format_version: 1;
  /** The commit whose specs were planned: of a review, the last one of its branch. */
  readonly commit: string;
  readonly plans: readonly PlannedSpec[];
}

export interface PlannedSpec {
  /** The spec's path in the repository. */
  readonly spec: string;
  /** The saved plan's file in the folder; null: planning failed, or a finding stands in the way. */
  readonly file: string | null;
  /** SHA-256 (hex) of the plan; null where there is none. */
  readonly digest: string | null;
  /** Something is destroyed. */
  readonly destroys: boolean;
  /** The writes are handed over, or what leads back ends. */
  readonly switches: boolean;
}

export const manifestName = 'manifest.json';

/** The name of the artifact that keeps the plans of a commit. */
export function artifactName(commit: string): string {
  return `pgm-plans-${commit}`;
}

/** `apps/shop/pgm.yaml` → `apps-shop-pgm-yaml.plan.json`; names that would meet are told apart by their place. */
export function planFileName(spec: string, index: number): string {
  const slug = spec.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '');
  return `${String(index + 1)}-${slug.slice(0, 80)}.plan.json`;
}

export function bundleFiles({ plans }: Manifest): string[] {
  return plans.flatMap(({ file }) => (file === null ? [] : [file]));
}

/** What decides whom to ask, as outputs of a step. */
export function weightOf({ plans }: Pick<Manifest, 'plans'>): Readonly<Record<'destroys' | 'switches', string>> {
  return {
    destroys: String(plans.some(({ destroys }) => destroys)),
    switches: String(plans.some(({ switches }) => switches)),
  };
}

/** A file of the folder, readable by its user alone. */
export function writeBundleFile(folder: string, name: string, content: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeOwnFile(join(folder, name), content, 0o600);
}

export function writeManifest(folder: string, manifest: Manifest): void {
  writeBundleFile(folder, manifestName, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** @throws UserError when it is missing (exit 3) or no manifest of this version (exit 5) */
export function readManifest(folder: string): Manifest {
  const path = join(folder, manifestName);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UserError(`there are no plans in ${folder}: ${error instanceof Error ? error.message : String(error)}`, {
      code: 'PGM886',
      kind: 'usage',
      hint: 'pgm ci plan makes them; pass the folder on as an artifact',
      cause: error,
    });
  }
  const commit = text(content, 'commit');
  const plans = entries(content, 'plans').map(each => plannedSpec(each, path));
  if (integer(content, 'format_version') !== 1 || commit === null) throw damaged(path);
  return { format_version: 1, commit, plans };
}

/** A name in the folder, and nowhere else: the artifact may have been made by somebody else. */
function plannedSpec(value: unknown, path: string): PlannedSpec {
  const [spec, file] = [text(value, 'spec'), text(value, 'file')];
  if (spec === null || spec === '' || spec.startsWith('/') || spec.split('/').includes('..')) throw damaged(path);
  if (file !== null && !/^[\w.-]+\.plan\.json$/.test(file)) throw damaged(path);
  // What is not said is taken for the graver, since somebody is asked by it.
  const [destroys, switches] = [field(value, 'destroys') !== false, field(value, 'switches') !== false];
  return { spec, file, digest: text(value, 'digest'), destroys, switches };
}

function damaged(path: string): UserError {
  return new UserError(`${path} is no list of plans of this pgm`, {
    code: 'PGM887',
    kind: 'stale-plan',
    hint: 'pgm ci plan again',
  });
}
