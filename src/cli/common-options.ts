import { UserError } from '../errors.js';
import { parseDuration, parseSize } from '../spec/units.js';
import { goals } from '../spec/spec.js';
import type { OptionTable, PositionalTable } from './command.js';

export const specPositional = {
  spec: { type: 'string', default: 'pgm.yaml', describe: 'the spec file' },
} as const satisfies PositionalTable;

export const jsonOption = {
  type: 'boolean',
  default: false,
  describe: 'JSON on stdout, and nothing else there',
} as const;
export const verboseOption = { type: 'boolean', default: false, describe: 'show everything, fold nothing' } as const;
export const goalOption = {
  type: 'string',
  choices: goals,
  describe: "go this far instead of the spec's goal",
} as const;
export const resyncOption = {
  type: 'string',
  array: true,
  placeholder: 'SCHEMA.TABLE',
  describe: 'copy this table again, on a lane of its own; may be given several times',
} as const;
export const autoApproveOption = { type: 'boolean', default: false, describe: 'do not ask' } as const;
export const goneOption = {
  type: 'string',
  default: '',
  placeholder: 'source|target',
  describe: 'that server is gone for good: free the other one without it',
} as const;
export const lockTimeoutOption = {
  type: 'string',
  default: '0s',
  placeholder: '30s',
  describe: 'how long to wait for another run to end',
} as const;

/** What apply, cutover, rollback and close have in common. */
export const applyOptions = {
  'auto-approve': autoApproveOption,
  approve: {
    type: 'string',
    placeholder: 'sha256:…',
    describe: 'carry out the plan with this digest, and no other, without asking',
  },
  'allow-dump': {
    type: 'boolean',
    default: false,
    describe: 'accept a dump where method auto finds replication impossible',
  },
  'wait-restart': {
    type: 'string',
    default: '0s',
    placeholder: '10m',
    describe: 'how long to wait for a restart that you do by hand',
  },
  'lock-timeout': lockTimeoutOption,
  json: {
    type: 'boolean',
    default: false,
    describe: 'events as NDJSON on stdout; needs --auto-approve or a saved plan',
  },
  verbose: verboseOption,
} as const satisfies OptionTable;

/** The digest of `--approve sha256:…`. @throws UserError of kind usage for anything else */
export function digestOption(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const digest = /^sha256:([0-9a-f]{64})$/.exec(text.trim())?.[1];
  if (digest === undefined)
    throw new UserError('--approve takes the digest of a plan: sha256: and 64 hexadecimal digits', {
      kind: 'usage',
      code: 'PGM807',
      hint: '`pgm plan` and `pgm show FILE` print it',
    });
  return digest;
}

/** Milliseconds of an option like `--lock-timeout 30s`; a bare 0 is no time at all. */
export function durationOption(name: string, text: string): number {
  const milliseconds = text === '0' ? 0 : parseDuration(text);
  if (milliseconds === undefined)
    throw new UserError(`--${name} cannot be ${text}`, {
      kind: 'usage',
      code: 'PGM807',
      hint: 'a duration is a number with ms, s, m or h: 30s, 10m',
    });
  return milliseconds;
}

/** Bytes of an option like `--max-rate 50MB`. */
export function sizeOption(name: string, text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined || bytes <= 0)
    throw new UserError(`--${name} cannot be ${text}`, {
      kind: 'usage',
      code: 'PGM807',
      hint: 'a size is a number with kB, MB or GB: 50MB',
    });
  return bytes;
}
