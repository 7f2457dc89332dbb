import { chmod, readFile, readdir, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

interface Link {
  /** The library that is there, and the name to give it; both from the package's folder. */
  readonly source: string;
  readonly target: string;
}

/**
 * npm packages hold no symbolic links, so each server package makes its libraries' links after it is installed.
 * npm may block that script; what is missing is made here.
 * @param bin a package's `native/bin`
 */
export async function linkLibraries(bin: string): Promise<void> {
  const folder = join(bin, '..', '..');
  for (const { source, target } of await listedLinks(folder)) {
    await symlink(relative(dirname(target), source), join(folder, target)).catch(unlessItExists);
  }
  for (const name of await readdir(bin)) {
    const program = join(bin, name);
    const { mode } = await stat(program);
    if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555);
  }
}

async function listedLinks(folder: string): Promise<readonly Link[]> {
  try {
    return JSON.parse(await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8')) as Link[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function unlessItExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
