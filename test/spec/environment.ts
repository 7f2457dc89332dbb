import type { Environment } from '../../src/postgres/environment.js';

interface FakeFile {
  readonly text: string;
  readonly mode?: number;
}

/** An environment of its own: nothing of the machine the tests run on gets in. */
export function fakeEnvironment(
  env: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, FakeFile | 'unreadable'>> = {},
): Environment {
  return {
    env,
    home: '/home/me',
    userName: 'me',
    hasFileModes: true,
    readFile: path => {
      const file = files[path];
      if (file === 'unreadable') throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
      return file === undefined ? undefined : { text: file.text, mode: file.mode ?? 0o100600 };
    },
    exists: path => path in files,
  };
}
