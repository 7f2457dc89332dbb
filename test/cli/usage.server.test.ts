import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.js';
import { useWorkspace } from '../support/pgm.js';

const program = resolve(import.meta.dirname, '../../bin/pgm.js');
const workspace = useWorkspace();

const closedPorts =
  'version: 1\nname: x\nsource: {connection: postgres://a@127.0.0.1:1/c}\ntarget: {connection: ' +
  'postgres://a@127.0.0.1:2/d}\n';

it('pgm apply --json cannot ask: exit code 3, and a summary at the end for who reads it', async () => {
  workspace.write('spec.yaml', closedPorts);
  const { code, stdout, stderr } = await workspace.pgm('apply', 'spec.yaml', '--json');
  expect(code).toBe(3);
  expect(stderr).toMatch(/--json cannot ask for approval/);
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ type: 'summary', result: 'failed' });
});

describe('exit code 3, with what is wrong on stderr and nothing on stdout', () => {
  it.each([
    ['plna', /did you mean pgm plan\?/],
    ['plan --jsno', /did you mean --json\?/],
    ['validate missing.yaml', /missing\.yaml: no such file/],
    ['plan missing.yaml', /missing\.yaml: no such file/],
    ['apply', /no terminal to ask on/],
    ['destroy', /no terminal to ask on/],
    ['cutover', /no terminal to ask on/],
    ['apply missing.json', /plan file missing\.json cannot be read/],
    ['apply spec.yaml --auto-approve --lock-timeout soon', /--lock-timeout cannot be soon/],
    ['explain PGM9', /there is no code PGM9/],
    ['status --interval 5', /--interval cannot be 5/],
  ])('pgm %s', async (line, message) => {
    workspace.write('spec.yaml', closedPorts);
    const { code, stdout, stderr } = await workspace.pgm(...line.split(' '));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('    at ');
  });
});

it('ends with 3 before it reads a spec when it could not ask', async () => {
  workspace.write('pgm.yaml', 'version: [');
  const { code, stderr } = await workspace.pgm('apply');
  expect(code).toBe(3);
  expect(stderr).not.toContain('pgm.yaml');
});

describe('pgm validate', () => {
  it('shows every mistake with its place', async () => {
    workspace.write(
      'bad.yaml',
      'version: 1\nname: x\nsource: {connection: postgres://a@b/c}\ntarget: ' +
        '{connection: postgres://a@e/d}\nmetod: dump\ncopy: {jobs: many}\n',
    );
    const { code, stderr } = await workspace.pgm('validate', 'bad.yaml');
    expect(code).toBe(3);
    expect(stderr).toMatch(/bad\.yaml:5:1.*metod[^]*bad\.yaml:6:14/);
    const json = await workspace.pgm('validate', 'bad.yaml', '--json');
    expect(json).toMatchObject({ code: 3, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      valid: false,
      diagnostics: [{ location: { line: 5 } }, { location: { line: 6 } }],
    });
  });

  it('says that a spec is valid, and what to mind', async () => {
    workspace.write('warned.yaml', closedPorts.replace('postgres://a@', 'postgres://a:hunter2@'));
    const { code, stdout, stderr } = await workspace.pgm('validate', 'warned.yaml');
    expect(code).toBe(0);
    expect(stdout).toMatch(/warning PGMS034[^]*warned\.yaml: spec is valid, with 1 warning/);
    expect(stdout + stderr).not.toContain('hunter2');
  });
});

describe('a plan on servers that are not there', () => {
  it('is blocked (6), in every format, and names the place', async () => {
    workspace.write('closed.yaml', closedPorts);
    const text = await workspace.pgm('plan', 'closed.yaml');
    expect(text).toMatchObject({ code: 6, stderr: '' });
    expect(text.stdout).toMatch(/refused[^]*Blocked: /);
    const json = await workspace.pgm('plan', 'closed.yaml', '--json', '--out', 'plan.json');
    expect(json.code).toBe(6);
    expect(JSON.parse(json.stdout)).toMatchObject({ applicable: false, source: null });
    expect(workspace.read('plan.json')).toBe(json.stdout);
    const markdown = await workspace.pgm('plan', 'closed.yaml', '--format', 'markdown');
    expect(markdown.stdout).toMatch(/^<!-- pgm plan: x -->\n/);
  });

  it('is not applied when it was altered (5), and is shown all the same', async () => {
    workspace.write('closed.yaml', closedPorts);
    await workspace.pgm('plan', 'closed.yaml', '--out', 'plan.json');
    const plan = JSON.parse(workspace.read('plan.json')) as Plan;
    workspace.write('plan.json', JSON.stringify({ ...plan, goal: 'ready' }));
    expect(await workspace.pgm('apply', 'plan.json')).toMatchObject({
      code: 5,
      stdout: '',
      stderr: expect.stringContaining('altered') as string,
    });
    expect(await workspace.pgm('show', 'plan.json')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('goal ready') as string,
      stderr: expect.stringContaining('altered') as string,
    });
  });

  it.each([
    ['not JSON', '{', 'it is not JSON'],
    ['other JSON', '{"a": 1}', 'is not a saved plan'],
    ['null', '{"digest": "x", "steps": [], "format_version": 2}', 'plan format 2'],
  ])('is refused when the file is %s', async (_, text, message) => {
    workspace.write('strange.json', text);
    const { code, stderr } = await workspace.pgm('apply', 'strange.json');
    expect([3, 5]).toContain(code);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('This is a bug');
  });
});

describe('output', () => {
  it('ends quietly when its reader does', () => {
    for (const line of ['schema', 'plan closed.yaml --verbose', 'explain']) {
      const { stdout, stderr } = spawnSync('bash', ['-c', `${process.execPath} ${program} ${line} | head -1`], {
        cwd: workspace.folder,
        encoding: 'utf8',
      });
      expect({ lines: stdout.trimEnd().split('\n').length, stderr }).toEqual({ lines: 1, stderr: '' });
    }
  });

  it.each([
    [{}, [], false],
    [{ FORCE_COLOR: '1' }, [], true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, [], false],
    [{ FORCE_COLOR: '1' }, ['--no-color'], false],
  ])('with %j and %j has colours: %s', (environment, options, coloured) => {
    const { stderr } = spawnSync(process.execPath, [program, 'plna', ...options], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...environment },
    });
    expect(stderr.includes('\u001b')).toBe(coloured);
  });
});

describe('pgm init', () => {
  it('writes a spec that is valid, and not over another one', async () => {
    const { code, stdout } = await workspace.pgm('init', 'new.yaml', '--name', 'shop', '--exclude', 'scratch');
    expect(code).toBe(0);
    expect(stdout).toContain('export SOURCE_URL=');
    Object.assign(workspace.environment, { SOURCE_URL: 'postgres://a@h1/x', TARGET_URL: 'postgres://a@h2/x' });
    expect(await workspace.pgm('validate', 'new.yaml')).toMatchObject({ code: 0, stderr: '' });
    expect(await workspace.pgm('init', 'new.yaml')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('already exists') as string,
    });
    expect(await workspace.pgm('init', 'new.yaml', '--name', 'other', '--force')).toMatchObject({ code: 0 });
    expect(workspace.read('new.yaml')).toMatch(/^name: other/m);
  });
});

it.each(['spec', 'plan', 'status', 'events', 'verify'])('pgm schema %s prints a JSON Schema', async name => {
  const { code, stdout } = await workspace.pgm('schema', name);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ $schema: 'http://json-schema.org/draft-07/schema#' });
});

it('pgm explain knows findings and mistakes in specs, by code and by name', async () => {
  const all = await workspace.pgm('explain');
  const codes = all.stdout.match(/^PGMS?\d{3}/gm) ?? [];
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes).toEqual(expect.arrayContaining(['PGM201', 'PGMS010']));
  const byCode = await workspace.pgm('explain', 'pgm201');
  expect(byCode.stdout).toContain('wal_level');
  expect((await workspace.pgm('explain', 'wal-level')).stdout).toBe(byCode.stdout);
  expect((await workspace.pgm('explain', '7')).stdout).toBe('Exit code 7: stopped part-way: pgm apply goes on\n');
});

it('pgm --version takes little longer than Node itself', () => {
  const time = (...parameters: readonly string[]): number => {
    const began = performance.now();
    expect(spawnSync(process.execPath, parameters).status).toBe(0);
    return performance.now() - began;
  };
  // In turn, so that what else the machine does meanwhile weighs on both. A busy machine is no fault of pgm: the limit
  // is for a start that loads all of it, which takes several times as long.
  const pairs = Array.from({ length: 15 }, () => [time(program, '--version'), time('-e', '0')] as const);
  expect(Math.min(...pairs.map(([ours]) => ours)) - Math.min(...pairs.map(([, bare]) => bare))).toBeLessThan(400);
});
