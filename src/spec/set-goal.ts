import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../errors.js';
import { parseYaml } from './parse-yaml.js';
import type { Goal } from './spec.js';
import { toData, type YamlScalar } from './yaml-tree.js';

/**
 * The spec's text with another goal: only that value changes, comments and all else stay byte for byte; without the
 * key, a line is added at the end.
 * @throws UserError when the goal comes from a variable or the text cannot be changed safely
 */
export function setGoal(text: string, goal: Goal): string {
  const before = readMapping(text);
  const scalar = before.goal;
  if (scalar?.text === goal) return text;
  if (scalar?.text.includes('${') === true) {
    throw new UserError(`the spec takes its goal from a variable: ${scalar.text}`, {
      kind: 'usage',
      code: 'PGM831',
      hint: `Set that variable, or write goal: ${goal} in the spec.`,
    });
  }
  const candidates =
    scalar === undefined ? withGoalAdded(text, goal, before.isFlow) : [withGoalReplaced(text, scalar, goal)];
  const wanted = { ...before.data, goal };
  for (const candidate of candidates) {
    const after = parseYaml(candidate);
    if (after.root !== undefined && after.mistakes.length === 0 && isDeepStrictEqual(toData(after.root), wanted))
      return candidate;
  }
  throw new UserError('cannot change the goal in the spec', {
    kind: 'usage',
    code: 'PGM831',
    hint: `Write goal: ${goal} in it by hand.`,
  });
}

interface ReadSpec {
  readonly data: object;
  readonly goal: YamlScalar | undefined;
  readonly isFlow: boolean;
}

function readMapping(text: string): ReadSpec {
  const { root, mistakes } = parseYaml(text);
  if (root?.kind !== 'mapping' || mistakes.some(({ severity }) => severity === 'error')) {
    throw new UserError('the spec is not valid YAML', {
      kind: 'usage',
      code: 'PGM831',
      hint: 'pgm validate tells what is wrong.',
    });
  }
  const value = root.entries.find(({ key }) => key === 'goal')?.value;
  if (value !== undefined && value.kind !== 'scalar')
    throw new UserError('the goal of the spec is not a word', {
      kind: 'usage',
      code: 'PGM831',
      hint: 'pgm validate tells what is wrong.',
    });
  return { data: toData(root) as object, goal: value, isFlow: text[root.span.start] === '{' };
}

function withGoalReplaced(text: string, { span, value, text: written }: YamlScalar, goal: Goal): string {
  // A key without a value has the place of the key.
  const isEmpty = value === null && written === '';
  if (!isEmpty) return text.slice(0, span.start) + quoteLike(text[span.start], goal) + text.slice(span.end);
  const end = text.indexOf(':', span.end) + 1;
  return `${text.slice(0, end)} ${goal}${text.slice(end)}`;
}

function quoteLike(first: string | undefined, goal: Goal): string {
  return first === '"' || first === "'" ? first + goal + first : goal;
}

/** Places where the key might be added; the caller takes the first that reads well. */
function* withGoalAdded(text: string, goal: Goal, isFlow: boolean): Generator<string> {
  if (isFlow) {
    for (let at = text.lastIndexOf('}'); at > 0; at = text.lastIndexOf('}', at - 1)) {
      const head = text.slice(0, at);
      const comma = /,\s*$/.test(head) ? '' : ', ';
      yield `${head.trimEnd()}${comma}"goal": "${goal}"${head.slice(head.trimEnd().length)}${text.slice(at)}`;
    }
    return;
  }
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  yield `${text}${/(^|[\r\n])$/.test(text) ? '' : newline}goal: ${goal}${newline}`;
  const end = text.search(/^\.\.\.\s*$/m);
  if (end !== -1) yield `${text.slice(0, end)}goal: ${goal}${newline}${text.slice(end)}`;
}
