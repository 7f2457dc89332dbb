import {
  boolCoreTag,
  EVENT_ID,
  floatCoreTag,
  getScalarValue,
  intCoreTag,
  NOT_RESOLVED,
  nullCoreTag,
  SCALAR_STYLE,
  type Event,
  type ScalarEvent,
} from 'js-yaml';
import { mistake, type Mistake } from './mistake.js';
import type { Span, YamlEntry, YamlNode, YamlScalar } from './yaml-tree.js';

/** Builds the tree of one document's events. Aliases, tags and odd keys are mistakes; the tree goes on without them. */
export function buildTree(
  events: readonly Event[],
  text: string,
  unmask: (text: string) => string,
): { root: YamlNode | undefined; mistakes: Mistake[] } {
  const builder = new TreeBuilder(events, text, unmask);
  return { root: builder.document(), mistakes: builder.mistakes };
}

class TreeBuilder {
  readonly mistakes: Mistake[] = [];
  #next = 0;

  constructor(
    readonly events: readonly Event[],
    readonly text: string,
    readonly unmask: (text: string) => string,
  ) {}

  document(): YamlNode | undefined {
    if (this.events[0]?.type === EVENT_ID.DOCUMENT) this.#next = 1;
    return this.#node({ start: 0, end: 0 });
  }

  /** @param owner place of the key or collection, for values that have none of their own */
  #node(owner: Span): YamlNode | undefined {
    const event = this.events[this.#next++];
    if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return undefined;
    if (event.type === EVENT_ID.ALIAS) {
      const span = { start: event.anchorStart - 1, end: event.anchorEnd };
      this.#feature(span, 'aliases are not used in a spec', 'Write the value out.');
      return { kind: 'scalar', span, value: null, text: '', variables: [] };
    }
    if (event.type === EVENT_ID.SCALAR) return this.#scalar(event, owner);

    this.#refuseTag(event, ['!!map', '!!seq']);
    const span = { start: event.start, end: event.start + 1 };
    return event.type === EVENT_ID.SEQUENCE
      ? { kind: 'sequence', span, items: this.#items(span) }
      : { kind: 'mapping', span, entries: this.#entries(span) };
  }

  #items(owner: Span): YamlNode[] {
    const items: YamlNode[] = [];
    for (let item = this.#node(owner); item !== undefined; item = this.#node(owner)) items.push(item);
    return items;
  }

  #entries(owner: Span): YamlEntry[] {
    const entries = new Map<string, YamlEntry>();
    for (let key = this.#node(owner); key !== undefined; key = this.#node(owner)) {
      const value = this.#node(key.span) ?? { kind: 'scalar', span: key.span, value: null, text: '', variables: [] };
      if (key.kind !== 'scalar') {
        this.#feature(key.span, 'a key must be plain text');
        continue;
      }
      if (key.text === '<<') {
        this.#feature(key.span, 'merge keys (<<) are not used in a spec', 'Write the keys out.');
        continue;
      }
      const before = entries.get(key.text);
      if (before === undefined) entries.set(key.text, { key: key.text, keySpan: key.span, value });
      else
        this.mistakes.push(
          mistake(
            'PGMS007',
            key.span,
            `"${key.text}" is given twice`,
            `It stands in line ${String(this.#line(before.keySpan.start))} already.`,
          ),
        );
    }
    return [...entries.values()];
  }

  #scalar(event: ScalarEvent, owner: Span): YamlScalar {
    this.#refuseTag(event, ['!!str', '!']);
    const text = this.unmask(event.valueStart === -1 ? '' : getScalarValue(this.text, event));
    const isPlain = event.style === SCALAR_STYLE.PLAIN && event.tagStart === -1;
    const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    const quote = isQuoted ? 1 : 0;
    const span = event.valueStart === -1 ? owner : { start: event.valueStart - quote, end: event.valueEnd + quote };
    return { kind: 'scalar', span, text, value: isPlain ? coreValue(text) : text, variables: [] };
  }

  #refuseTag(event: { readonly tagStart: number; readonly tagEnd: number }, allowed: readonly string[]): void {
    if (event.tagStart === -1) return;
    const tag = this.text.slice(event.tagStart, event.tagEnd);
    if (!allowed.includes(tag))
      this.#feature(
        { start: event.tagStart, end: event.tagEnd },
        `the tag ${this.unmask(tag)} is not used in a spec`,
        'Remove it.',
      );
  }

  #feature(span: Span, message: string, hint?: string): void {
    this.mistakes.push(mistake('PGMS006', span, message, hint));
  }

  #line(offset: number): number {
    return this.text.slice(0, offset).split('\n').length;
  }
}

/** What an unquoted text stands for in YAML 1.2's core schema. */
export function coreValue(text: string): YamlScalar['value'] {
  for (const tag of [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag]) {
    const value: null | boolean | number | typeof NOT_RESOLVED = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return text;
}
