import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/command-line.js';
import { commands } from '../../src/cli/commands.js';
import { UserError } from '../../src/errors.js';

async function refused(line: string): Promise<UserError> {
  try {
    await parseCommandLine(line.split(' ').filter(Boolean), commands);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`pgm ${line} was taken`);
}

describe('a command line', () => {
  it.each([
    ['plan', 'plan', { spec: 'pgm.yaml', json: false, format: 'text', 'detailed-exitcode': false }],
    ['plan other.yaml --goal cutover --out=p.json', 'plan', { spec: 'other.yaml', goal: 'cutover', out: 'p.json' }],
    ['--debug plan --no-color', 'plan', { debug: true, color: false }],
    [
      'apply plan.json --auto-approve --lock-timeout 30s',
      'apply',
      { file: 'plan.json', 'auto-approve': true, 'lock-timeout': '30s' },
    ],
    ['plan --goal prepared --goal synced', 'plan', { goal: 'synced' }],
    ['force-unlock 0123 other.yaml', 'force-unlock', { id: '0123', spec: 'other.yaml' }],
    ['init --include a --include b x.yaml', 'init', { include: ['a', 'b'], file: 'x.yaml' }],
    ['cutover --rehearse', 'cutover', { rehearse: true, spec: 'pgm.yaml' }],
  ])('pgm %s', async (line, name, values) => {
    const invocation = await parseCommandLine(line.split(' '), commands);
    expect(invocation).toMatchObject({ kind: 'run', command: { name }, values });
  });

  it.each([
    ['plna', 'unknown command plna', 'did you mean pgm plan?'],
    ['frobnicate', 'unknown command frobnicate', 'the commands are init, validate, plan'],
    ['plan --jsno', 'unknown option --jsno of pgm plan', 'did you mean --json?'],
    ['plan --no-colour', 'unknown option --no-colour', 'did you mean --no-color?'],
    ['plan -x', 'unknown option -x', 'pgm plan -h'],
    ['--jsno plan', 'unknown option --jsno', 'did you mean --json?'],
    ['--deubg', 'unknown option --deubg', 'did you mean --debug?'],
    ['plan --goal syncd', '--goal cannot be syncd', 'did you mean synced?'],
    ['schema statsu', 'NAME cannot be statsu', 'did you mean status?'],
    ['state pul pgm.yaml', 'ACTION cannot be pul', 'did you mean pull?'],
    ['completion tcsh', 'SHELL cannot be tcsh', 'it is one of bash, zsh, fish'],
    ['plan --goal', 'option --goal needs a value', 'pgm plan -h'],
    ['plan --out --json', 'option --out needs a value', 'pgm plan -h'],
    ['plan a.yaml b.yaml', 'unexpected argument: b.yaml', 'pgm plan -h'],
    ['force-unlock', 'ID is missing', 'pgm force-unlock -h'],
    ['help plna', 'unknown command plna', 'did you mean pgm plan?'],
  ])('pgm %s is refused with a way on', async (line, message, hint) => {
    const error = await refused(line);
    expect(error.kind).toBe('usage');
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it.each([
    ['', { kind: 'help', command: null, asked: false }],
    ['-h', { kind: 'help', command: null, asked: true }],
    ['help', { kind: 'help', command: null, asked: true }],
    ['plan -h', { kind: 'help', command: { name: 'plan' }, asked: true }],
    ['help plan', { kind: 'help', command: { name: 'plan' }, asked: true }],
    ['plan --jsno --help', { kind: 'help', command: { name: 'plan' }, asked: true }],
  ])('pgm %s is a call for help', async (line, invocation) => {
    expect(await parseCommandLine(line.split(' ').filter(Boolean), commands)).toMatchObject(invocation);
  });
});
