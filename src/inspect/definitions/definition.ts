/** Kinds of objects whose definitions are compared, in an order in which they can be made. */
export const definitionKinds = [
  'schema',
  'extension',
  'type',
  'sequence',
  'function',
  'table',
  'column',
  'constraint',
  'index',
  'view',
  'rule',
  'trigger',
  'policy',
  'statistics',
  'event trigger',
  'other',
  'comment',
  'owner',
  'privilege',
  'default privilege',
] as const;
export type DefinitionKind = (typeof definitionKinds)[number];

/** Nothing that works stops working without it, or only a superuser can mend it. */
export const onlyWarns: ReadonlySet<DefinitionKind> = new Set([
  'comment',
  'owner',
  'privilege',
  'default privilege',
  'event trigger',
  'other',
  'statistics',
]);

/** An object as one server defines it. */
export interface Definition {
  readonly kind: DefinitionKind;
  /** Its name, quoted and qualified as the server writes it. */
  readonly identity: string;
  /** In the server's own words, under pgm's session environment; empty: that it is there is all that is compared. */
  readonly definition: string;
  /** The object that it is a part of, `kind identity`; null: it stands for itself. */
  readonly of: string | null;
  /** What statements are made of; not compared. */
  readonly parts: Readonly<Record<string, unknown>> | null;
}

/** One object that is not the same on both sides. */
export interface DefinitionDifference {
  readonly kind: DefinitionKind;
  readonly identity: string;
  readonly of: string | null;
  /** null: the side does not have it. */
  readonly source: Definition | null;
  readonly target: Definition | null;
}

/** Pure: objects that differ, in the order of their kinds; parts of an object that a side lacks go with it. */
export function definitionDifferences(
  source: readonly Definition[],
  target: readonly Definition[],
): readonly DefinitionDifference[] {
  const here = new Map(source.map(each => [keyOf(each), each]));
  const there = new Map(target.map(each => [keyOf(each), each]));
  const differing = [...new Set([...here.keys(), ...there.keys()])].flatMap((key): DefinitionDifference[] => {
    const [a, b] = [here.get(key) ?? null, there.get(key) ?? null];
    const either = a ?? b;
    if (either === null || a?.definition === b?.definition) return [];
    // A role that only one side has: what belongs to it is told of elsewhere.
    if (either.kind === 'owner' && (a?.definition === '' || b?.definition === '')) return [];
    return [{ kind: either.kind, identity: either.identity, of: either.of, source: a, target: b }];
  });
  const lacking = new Set(
    differing.filter(each => each.source === null || each.target === null).map(each => keyOf(each)),
  );
  const order = new Map(definitionKinds.map((kind, index) => [kind, index]));
  return differing
    .filter(({ of }) => of === null || !isLacking(of, lacking))
    .sort((a, b) => (order.get(a.kind) ?? 0) - (order.get(b.kind) ?? 0) || compareText(a.identity, b.identity));
}

function isLacking(of: string, lacking: ReadonlySet<string>): boolean {
  return lacking.has(of);
}

function keyOf({ kind, identity }: Pick<Definition, 'kind' | 'identity'>): string {
  return `${kind} ${identity}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
