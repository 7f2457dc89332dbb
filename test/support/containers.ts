import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalServer } from '../../src/cli/demo/server.js';
import type { ServerWish } from './servers.js';

/** A server in a container, at an address of its own: this machine and the other containers reach it there. */
export interface ContainerServer extends LocalServer {
  readonly container: string;
  readonly host: string;
  /** Where port 5432 is published on 127.0.0.1. */
  readonly publishedPort: number;
}

/** `PGM_TEST_SERVERS=containers`: tests run on containers instead of embedded servers. */
export const onContainers = process.env['PGM_TEST_SERVERS'] === 'containers';

/** `{major}` stands for the version that a test asks for; an image without it serves all of them. */
const image = process.env['PGM_TEST_IMAGE'] ?? 'postgres:{major}';

export const runLabel = 'pgm-test-run';

/** Starts one for a test run; its data lives and goes with the container. */
export async function startContainer(wish: ServerWish, run: string): Promise<ContainerServer> {
  // Loaded only where it is used: it takes half a second.
  const { GenericContainer, Wait } = await import('testcontainers');
  const started = await new GenericContainer(image.replaceAll('{major}', String(wish.major)))
    .withEnvironment(
      wish.password === undefined
        ? { POSTGRES_PASSWORD: 'unused', POSTGRES_HOST_AUTH_METHOD: 'trust' }
        : { POSTGRES_PASSWORD: wish.password },
    )
    .withCopyContentToContainer([
      { content: configuration(wish.settings ?? {}), target: '/docker-entrypoint-initdb.d/settings.sh', mode: 0o755 },
    ])
    .withLabels({ [runLabel]: run })
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/))
    .start();
  addExtensions(started.getId());
  return {
    folder: mkdtempSync(join(run, 'container-')),
    bin: '',
    port: 5432,
    user: undefined,
    password: wish.password,
    container: started.getId(),
    host: started.getIpAddress('bridge'),
    publishedPort: started.getMappedPort(5432),
  };
}

/** Settings come into the file, not onto the command line: there ALTER SYSTEM could not change them. */
function configuration(settings: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries<string | number>({ fsync: 'off', ...settings }).map(
    ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'`,
  );
  return `cat >>"$PGDATA/postgresql.conf" <<'END'\n${lines.join('\n')}\nEND\n`;
}

/** The double of aiven_extras, where Debian's packages and the official image look for extensions. */
function addExtensions(container: string): void {
  const folder = join(import.meta.dirname, '../rights/aiven-extras');
  const files = readdirSync(folder).filter(name => name.startsWith('aiven_extras'));
  for (const name of files)
    writeInContainer(
      container,
      'root',
      'file=$(mktemp) && cat >"$file" && chmod 644 "$file" && for folder in ' +
        '/usr/share/postgresql/*/extension; do cp -p "$file" "$folder/$0"; done',
      readFileSync(join(folder, name), 'utf8'),
      name,
    );
}

export function isContainer(server: LocalServer): server is ContainerServer {
  return 'container' in server;
}

/** Ends it and all it has; also from an `exit` handler. */
export function removeContainer(container: string): void {
  spawnSync('docker', ['rm', '--force', '--volumes', container], { stdio: 'ignore' });
}

/** What a killed worker of this run left behind. */
export function removeContainersOf(run: string): void {
  const { stdout } = spawnSync('docker', ['ps', '--all', '--quiet', '--filter', `label=${runLabel}=${run}`], {
    encoding: 'utf8',
  });
  for (const container of stdout.split('\n').filter(line => line !== '')) removeContainer(container);
}

/** An argv array that restarts the server; it keeps its address. */
export function restartContainer({ container }: ContainerServer): readonly string[] {
  return ['docker', 'restart', '--time', '30', container];
}

export function stopContainer({ container }: ContainerServer, how: 'stop' | 'start'): void {
  const { status, stderr } = spawnSync('docker', [how, ...(how === 'stop' ? ['--time', '30'] : []), container], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`docker ${how} ended with ${status ?? 'a signal'}: ${stderr}`);
}

export function containerRuns({ container }: ContainerServer): boolean {
  return (
    spawnSync('docker', ['inspect', '--format', '{{.State.Running}}', container], {
      encoding: 'utf8',
    }).stdout.trim() === 'true'
  );
}

/** Runs a command in it as `user`. @returns its output; @throws Error with what it said when it fails */
export function runInContainer({ container }: ContainerServer, user: string, ...argv: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('docker', ['exec', '--user', user, container, ...argv], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${argv.join(' ')} in the container ended with ${status ?? 'a signal'}: ${stderr}`);
  return stdout;
}

/** Writes a file of the server's user. */
export function copyIntoContainer({ container }: ContainerServer, content: string, target: string, mode: string): void {
  writeInContainer(
    container,
    'postgres',
    'umask 077; cat >"$0.new" && chmod "$1" "$0.new" && mv "$0.new" "$0"',
    content,
    target,
    mode,
  );
}

function writeInContainer(
  container: string,
  user: string,
  script: string,
  input: string,
  ...parameters: readonly string[]
): void {
  const { status, stderr } = spawnSync(
    'docker',
    ['exec', '--interactive', '--user', user, container, 'sh', '-c', script, ...parameters],
    { input, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${parameters[0] ?? ''} could not be written in the container: ${stderr}`);
}
