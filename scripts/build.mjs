// `npm run build`: compiles src to dist and removes from dist what src no longer has. `--if-stale`: only when needed.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isStale, stamp } from './setup/build.mjs';
import { root } from './setup/run.mjs';

if (process.argv.includes('--if-stale') && !isStale()) process.exit();
const began = new Date();
const dist = join(root, 'dist');
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });

mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist, { recursive: true })) {
  const source = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(name)?.[1];
  if (source !== undefined && !existsSync(join(root, 'src', `${source}.ts`))) rmSync(join(dist, name));
}
if (status === 0) {
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began);
}
process.exitCode = status ?? 1;
