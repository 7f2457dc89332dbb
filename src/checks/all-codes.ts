import { pipelineCodes } from '../codes/pipeline-codes.js';
import { runCodes } from '../codes/run-codes.js';
import { stateCodes } from '../codes/state-codes.js';
import { stepCodes } from '../codes/step-codes.js';
import { usageCodes } from '../codes/usage-codes.js';
import type { ErrorCode } from '../codes/error-code.js';
import type { FailureKind } from '../errors.js';
import { specCodes } from '../spec/diagnostic-codes.js';
import { catalogue } from './catalogue.js';

/** Everything that pgm says with a code. `pgm explain`, docs/findings.md and the tests come from this one list. */
export interface CodeEntry {
  /** What says it: a check, an error that ends a command, or the reading of a spec. */
  readonly kind: 'finding' | 'error' | 'spec';
  /** Permanent. */
  readonly code: string;
  readonly slug: string;
  readonly title: string;
  /** How a command ends that ends with it. A finding blocks as an error only. */
  readonly ends: readonly FailureKind[];
  /** Headed paragraphs, in order. */
  readonly sections: readonly (readonly [heading: string, text: string])[];
}

export const errorCodes: readonly ErrorCode[] = [
  ...runCodes,
  ...stateCodes,
  ...usageCodes,
  ...stepCodes,
  ...pipelineCodes,
];

/** Of findings that a run may meet as well, and then ends with them. */
const endsOfFindings: Readonly<Record<string, readonly FailureKind[]>> = {
  PGM110: ['blocked', 'failure'],
  PGM205: ['blocked', 'failure'],
  PGM601: ['blocked', 'failure'],
  PGM602: ['blocked', 'stopped'],
  PGM604: ['blocked', 'stopped'],
  PGM618: ['blocked', 'stopped'],
};

const findings = catalogue.map(({ code, slug, title, why, decided, remedy, providers }): CodeEntry => ({
  kind: 'finding',
  code,
  slug,
  title,
  ends: endsOfFindings[code] ?? ['blocked'],
  sections: [
    ['Why it matters', why],
    ['How pgm decides', decided],
    ['What to do', remedy],
    ...Object.entries(providers ?? {}).map(([provider, text]) => [`On ${provider}`, text] as const),
  ],
}));

const errors = errorCodes.map(({ means, remedy, ...entry }): CodeEntry => ({
  ...entry,
  kind: 'error',
  sections: [
    ['What it means', means],
    ['What to do', remedy],
  ],
}));

const specs = Object.entries(specCodes).map(([code, { slug, title, explanation }]): CodeEntry => ({
  kind: 'spec',
  code,
  slug,
  title,
  ends: ['usage'],
  sections: [['What it means', explanation]],
}));

export const allCodes: readonly CodeEntry[] = [...findings, ...errors, ...specs];

/** @throws TypeError for a code that is not in the list */
export function codeEntry(code: string): CodeEntry {
  const found = allCodes.find(each => each.code === code);
  if (found === undefined) throw new TypeError(`no such code: ${code}`);
  return found;
}
