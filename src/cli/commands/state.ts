import { command } from '../command.js';
import { durationOption, lockTimeoutOption, specPositional } from '../common-options.js';
import { exitCodes } from '../exit-code.js';
import { readSpec } from '../read-spec.js';

export const stateCommand = command({
  name: 'state',
  summary: 'read, replace or move the stored state',
  details: [
    'pull prints it, push stores what a file or stdin holds, mv moves it ' +
      'to where `state` of the spec says it is kept now.',
    'An older state, or one of another migration, is refused unless forced.',
  ],
  examples: [
    ['pgm state pull > backup.json', 'print it'],
    ['pgm state push --from backup.json', 'put it back'],
    ['pgm state mv --from file', 'after `state: {postgres: …}` was written into the spec'],
    ['pgm state mv --from STATE_URL', 'after `state: file`: STATE_URL is an environment variable'],
  ],
  positionals: {
    action: { choices: ['pull', 'push', 'mv'] as const, demandOption: true, describe: 'pull, push or mv' },
    ...specPositional,
  },
  options: {
    from: {
      type: 'string',
      default: '',
      placeholder: 'WHERE',
      describe: 'push: a file, - is stdin; mv: file, or an environment variable’s name',
    },
    force: { type: 'boolean', default: false, describe: 'replace a newer state, or one of another migration' },
    'lock-timeout': lockTimeoutOption,
  },
  interruption: 'graceful',
  async run({ action, spec: path, from, force, 'lock-timeout': timeout }, context) {
    const { out, error } = context.terminal;
    const lockTimeout = durationOption('lock-timeout', timeout);
    const spec = await readSpec(path, context);
    const { pull, push, move } = await import('../../apply/stored-state.js');
    const options = {
      force,
      lockTimeout,
      signal: context.interruption.signal,
      tell: (sentence: string): void => {
        error.write(`${sentence}\n`);
      },
    };
    switch (action) {
      case 'pull':
        out.write(await pull(spec));
        break;
      case 'push':
        out.write(`${await push(spec, from === '' ? '-' : from, options)}\n`);
        break;
      case 'mv':
        out.write(`${await move(spec, from === '' ? 'file' : from, options)}\n`);
    }
    return exitCodes.ok;
  },
});
