import type { ErrorObject, ValidateFunction } from 'ajv';
import { UserError } from '../errors.js';
import { fromFormat1 } from './lockfile-format-1.js';
import { validate as generated } from './lockfile-validator.generated.js';
import type { Lockfile } from './lockfile.js';
import { isRecord } from './outside.js';

export const lockfileFormat = 2;

export interface LockfileSource {
  /** Where the text is from, for messages. */
  readonly place: string;
  /** The migration that it should be of. */
  readonly name: string;
  /** The way back when it is damaged: a sentence. */
  readonly remedy: string;
}

const validate = generated as unknown as ValidateFunction<Lockfile>;

/**
 * Content that is already parsed, held against the lockfile's schema; of an earlier format, brought to this one first.
 * @throws UserError when it is damaged, of a newer format, or of a migration of another name
 */
export function checkLockfile(content: unknown, source: LockfileSource): Lockfile {
  if (!isRecord(content)) throw damaged(source, 'it is not a JSON object');
  const current = inThisFormat(content, source);
  if (!validate(current)) throw damaged(source, inWords(validate.errors ?? []));
  if (current.name !== source.name)
    throw new UserError(
      `${source.place} belongs to migration "${cut(current.name)}", the spec's is "${source.name}".`,
      {
        code: 'state-foreign',
        hint: 'Put the name back in the spec, or keep a spec file of its own for each migration.',
      },
    );
  return current;
}

function inThisFormat(content: Record<string, unknown>, source: LockfileSource): unknown {
  const { format_version: format, pgm_version: version } = content;
  if (format === 1) {
    try {
      return fromFormat1(content);
    } catch (error) {
      // It takes the form for granted that a pgm of that format wrote.
      if (error instanceof UserError) throw error;
      throw damaged(source, 'it does not have the form of a lockfile of format 1');
    }
  }
  if (typeof format === 'number' && format > lockfileFormat)
    throw new UserError(`${source.place} has format ${format}, this pgm reads up to ${lockfileFormat}.`, {
      code: 'state-newer-format',
      hint: `A newer pgm (${typeof version === 'string' ? cut(version) : 'of unknown version'}) wrote it: use that version or a later one.`,
    });
  return content;
}

/** What somebody wrote into a file may be of any length. */
const longest = 500;
export function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

export function damaged({ place, remedy }: LockfileSource, how: string): UserError {
  return new UserError(`${place} is damaged: ${cut(how)}.`, { code: 'state-damaged', hint: remedy });
}

/** The innermost of what the schema found wrong: what is around it is wrong for its sake. */
export function inWords(errors: readonly ErrorObject[]): string {
  const told = errors.filter(({ keyword }) => keyword !== 'oneOf' && keyword !== 'allOf');
  const depth = (error: ErrorObject): number => fieldsOf(error).length;
  const deepest = Math.max(...told.map(depth));
  const [first, ...others] = told.filter(error => depth(error) === deepest);
  if (first === undefined) return 'it does not have the form of a lockfile';
  const same = [first, ...others].filter(({ instancePath }) => instancePath === first.instancePath);
  return `${fieldsOf(first).map(fieldName).join('.') || 'it'} ${[...new Set(same.map(mistake))].join(', or ')}`;
}

/** A field that is missing is one of what it is missing in. */
function fieldsOf({ keyword, instancePath, params }: ErrorObject): readonly string[] {
  const fields = instancePath
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const [missing] = keyword === 'required' ? [String(params['missingProperty'])] : [];
  const [tag] = keyword === 'discriminator' ? [String(params['tag'])] : [];
  return [...fields, ...(missing === undefined ? [] : [missing]), ...(tag === undefined ? [] : [tag])];
}

function fieldName(field: string): string {
  return /^\w+$/.test(field) ? field : JSON.stringify(field);
}

function mistake({ keyword, params, message = 'is wrong' }: ErrorObject): string {
  switch (keyword) {
    case 'required':
      return 'is missing';
    case 'const':
      return `must be ${JSON.stringify(params['allowedValue'])}`;
    case 'enum':
      return (
        'must be one ' +
        `of ${(params['allowedValues'] as readonly unknown[]).map(each => JSON.stringify(each)).join(', ')}`
      );
    case 'discriminator':
      return params['error'] === 'mapping'
        ? `is ${JSON.stringify(params['tagValue'])}, which this pgm does not know`
        : 'is missing';
    default:
      return message;
  }
}
