import { access, constants, open, stat } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { Spec } from '../spec/spec.js';
import type { HookFacts } from './facts.js';

/** Whether each hook of the spec can be started as the switch will start it: without a shell, in the spec's folder. */
export async function inspectHooks(
  { path, cutover: { hooks } }: Pick<Spec, 'path' | 'cutover'>,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<readonly HookFacts[]> {
  const folder = dirname(path);
  const seen: HookFacts[] = [];
  for (const phase of ['before', 'switch', 'after'] as const)
    for (const [program = ''] of hooks[phase])
      seen.push({ phase, program, problem: await problemOf(program, folder, environment) });
  return seen;
}

async function problemOf(program: string, folder: string, environment: NodeJS.ProcessEnv): Promise<string | null> {
  if (program.includes('/') || isAbsolute(program)) return fileProblem(resolve(folder, program));
  const folders = (environment['PATH'] ?? '').split(delimiter).filter(each => each !== '');
  const problems = await Promise.all(folders.map(each => fileProblem(join(each, program))));
  return problems.includes(null) ? null : `${program} is in no folder of PATH`;
}

async function fileProblem(file: string): Promise<string | null> {
  try {
    if ((await stat(file)).isDirectory()) return `${file} is a folder`;
  } catch {
    return `${file} is not there`;
  }
  try {
    await access(file, constants.X_OK);
  } catch {
    return `${file} may not be run`;
  }
  const interpreter = await interpreterOf(file);
  if (interpreter === null) return null;
  // A line that ends as on Windows names a program that nobody has.
  if (interpreter.endsWith('\r')) return `${file} has line ends of Windows: its first line names no program`;
  const found = await access(interpreter.split(/\s/)[0] ?? '', constants.X_OK).then(
    () => true,
    () => false,
  );
  return found ? null : `${interpreter}, which ${file} names in its first line, is not there`;
}

/** What stands after `#!`; null: it is no script, or may not be read. */
async function interpreterOf(file: string): Promise<string | null> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
      const [line = ''] = buffer.toString('latin1', 0, bytesRead).split('\n');
      return line.startsWith('#!') ? line.slice(2).trimStart() : null;
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}
