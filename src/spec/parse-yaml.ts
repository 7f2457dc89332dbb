import { EVENT_ID, parseEvents, YAMLException, type Event } from 'js-yaml';
import { buildTree } from './build-tree.js';
import { mistake, type Mistake } from './mistake.js';
import { maskBraces } from './variable-braces.js';
import { explainYamlError } from './yaml-errors.js';
import type { YamlNode } from './yaml-tree.js';

/** `root` is undefined when the text is empty or not YAML at all; what is wrong is in `mistakes`. */
export interface ParsedYaml {
  readonly root: YamlNode | undefined;
  readonly mistakes: readonly Mistake[];
}

/** Reads one YAML 1.2 document and the place of everything in it. Never throws. */
export function parseYaml(text: string): ParsedYaml {
  const braces = maskBraces(text);
  let events: readonly Event[];
  try {
    events = parseEvents(braces.masked, {});
  } catch (error) {
    return { root: undefined, mistakes: [syntaxMistake(text, error)] };
  }
  const documents = events.filter(event => event.type === EVENT_ID.DOCUMENT).length;
  const second = events.findIndex((event, index) => index > 0 && event.type === EVENT_ID.DOCUMENT);
  if (documents > 1) {
    const start = separatorBefore(text, events.slice(second));
    return {
      root: undefined,
      mistakes: [
        mistake(
          'PGMS005',
          { start, end: start + 3 },
          'a second YAML document begins here',
          'Keep each spec in a file of its own.',
        ),
      ],
    };
  }
  const built = buildTree(events, braces.masked, braces.unmask);
  const isEmpty = built.root === undefined || (built.root.kind === 'scalar' && built.root.text === '');
  if (isEmpty)
    return {
      root: undefined,
      mistakes: [mistake('PGMS003', { start: 0, end: 0 }, 'the spec is empty', 'Write one with `pgm init`.')],
    };
  return built;
}

/** Offset of the `---` that begins the document of `events`, which has no place of its own. */
function separatorBefore(text: string, events: readonly Event[]): number {
  let before = text.length;
  for (const event of events) {
    const start =
      event.type === EVENT_ID.SCALAR
        ? event.valueStart
        : event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE
          ? event.start
          : -1;
    if (start !== -1) {
      before = start;
      break;
    }
  }
  return Math.max(0, text.lastIndexOf('---', before));
}

function syntaxMistake(text: string, error: unknown): Mistake {
  const reason = error instanceof YAMLException ? error.reason : String(error);
  const position = error instanceof YAMLException ? (error.mark?.position ?? 0) : 0;
  const atEnd = text.slice(position).trim() === '';
  const start = atEnd ? Math.max(0, text.trimEnd().length - 1) : position;
  const explained = explainYamlError(reason, atEnd);
  return mistake('PGMS004', { start, end: start + 1 }, explained.message, explained.hint);
}
