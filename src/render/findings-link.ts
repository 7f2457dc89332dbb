import { readFileSync } from 'node:fs';
import { packageFile } from '../package-file.js';

let base: string | null = null;

/** Where a finding is explained: its place in docs/findings.md of the repository that package.json names. */
export function findingsLink({ code, slug }: { readonly code: string; readonly slug: string }): string {
  base ??= repository();
  return `${base}/blob/main/docs/findings.md#${code.toLowerCase()}-${slug}`;
}

function repository(): string {
  const { repository: named } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    repository: { url: string };
  };
  return named.url.replace(/^git\+/, '').replace(/\.git$/, '');
}
