/** Offsets in the file's text, end-exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type YamlScalar = {
  readonly kind: 'scalar';
  readonly span: Span;
  readonly value: string | number | boolean | null;
  /** The text as decoded, before it was taken for a number or truth value. */
  readonly text: string;
  /** Names of the environment variables that went into `value`. */
  readonly variables: readonly string[];
};

export interface YamlEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: YamlNode;
}

/** A YAML document with the place of everything in it. `span` of a collection is its first character. */
export type YamlNode =
  | YamlScalar
  | { readonly kind: 'sequence'; readonly span: Span; readonly items: readonly YamlNode[] }
  | { readonly kind: 'mapping'; readonly span: Span; readonly entries: readonly YamlEntry[] };

/** The node as plain data. Keys such as `__proto__` become ordinary properties. */
export function toData(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'sequence':
      return node.items.map(toData);
    case 'mapping':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, toData(value)]));
  }
}

export type YamlPath = readonly (string | number)[];

/** The entry or item at a path, or undefined; `keySpan` where it is an entry's. */
export function findNode(
  root: YamlNode,
  path: YamlPath,
): { readonly node: YamlNode; readonly keySpan: Span | undefined } | undefined {
  let node = root;
  let keySpan: Span | undefined;
  for (const part of path) {
    if (node.kind === 'mapping') {
      const entry: YamlEntry | undefined = node.entries.find(({ key }) => key === String(part));
      if (entry === undefined) return undefined;
      ({ value: node, keySpan } = entry);
    } else if (node.kind === 'sequence') {
      const item: YamlNode | undefined = node.items[Number(part)];
      if (item === undefined) return undefined;
      node = item;
      keySpan = undefined;
    } else {
      return undefined;
    }
  }
  return { node, keySpan };
}

/** The same tree with every scalar replaced by what `change` makes of it. */
export function mapScalars(
  node: YamlNode,
  change: (scalar: YamlScalar, path: YamlPath) => YamlScalar,
  path: YamlPath = [],
): YamlNode {
  switch (node.kind) {
    case 'scalar':
      return change(node, path);
    case 'sequence':
      return { ...node, items: node.items.map((item, index) => mapScalars(item, change, [...path, index])) };
    case 'mapping':
      return {
        ...node,
        entries: node.entries.map(entry => ({
          ...entry,
          value: mapScalars(entry.value, change, [...path, entry.key]),
        })),
      };
  }
}

/** Every stretch that the node covers: its keys and scalars. */
export function spansOf(node: YamlNode): Span[] {
  switch (node.kind) {
    case 'scalar':
      return [node.span];
    case 'sequence':
      return [node.span, ...node.items.flatMap(spansOf)];
    case 'mapping':
      return [node.span, ...node.entries.flatMap(({ keySpan, value }) => [keySpan, ...spansOf(value)])];
  }
}
