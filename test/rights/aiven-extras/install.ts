import { copyFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { embeddedBin, type Major } from '../../support/majors.js';

/** Puts the test double's files where the embedded server of that version looks for extensions. */
export function installAivenExtras(major: Major): void {
  const bin = embeddedBin(major);
  if (bin === undefined) throw new Error(`no server ${major}`);
  const folder = join(dirname(bin), 'share', 'postgresql', 'extension');
  for (const file of readdirSync(import.meta.dirname).filter(name => name.startsWith('aiven_extras')))
    copyFileSync(join(import.meta.dirname, file), join(folder, file));
}
