/** An expression as the catalogs keep it (pg_node_tree): `{FUNCEXPR :funcid 42 :args ({VAR …} {CONST …})}`. */
export interface Node {
  readonly tag: string;
  readonly fields: ReadonlyMap<string, readonly NodeValue[]>;
}

export type NodeValue = string | Node | readonly NodeValue[];

/** @throws SyntaxError when it is no such text */
export function parseNodes(text: string): readonly NodeValue[] {
  // A backslash takes the meaning from what follows, as in names and strings [outfuncs.c].
  const tokens = text.match(/[(){}]|(?:\\[\s\S]|[^\s(){}\\])+/g) ?? [];
  let at = 0;
  const values = (end: string | undefined): readonly NodeValue[] => {
    const found: NodeValue[] = [];
    for (;;) {
      const token = tokens[at++];
      if (token === end) return found;
      if (token === undefined || token === ')' || token === '}') throw new SyntaxError('no expression of a catalog');
      if (token === '(') found.push(values(')'));
      else if (token === '{') found.push(node());
      else found.push(token);
    }
  };
  const node = (): Node => {
    const [tag, ...rest] = values('}');
    if (typeof tag !== 'string') throw new SyntaxError('an expression without a kind');
    const fields = new Map<string, NodeValue[]>();
    let field: NodeValue[] = [];
    for (const value of rest) {
      if (typeof value === 'string' && value.startsWith(':')) fields.set(value.slice(1), (field = []));
      else field.push(value);
    }
    return { tag, fields };
  };
  return values(undefined);
}

export function isNode(value: NodeValue): value is Node {
  return typeof value === 'object' && 'tag' in value;
}

/** All nodes, those within others too. */
export function* allNodes(values: readonly NodeValue[]): Generator<Node> {
  for (const value of values) {
    if (typeof value === 'string') continue;
    if (!isNode(value)) {
      yield* allNodes(value);
      continue;
    }
    yield value;
    for (const inner of value.fields.values()) yield* allNodes(inner);
  }
}
