import { findNode, type Span, type YamlNode, type YamlPath, type YamlScalar } from './yaml-tree.js';

export interface Placed<T> {
  readonly value: T;
  readonly span: Span;
}

/**
 * Reads a tree that may be wrong in places: what has not the expected type is as good as absent, since the schema has
 * told of it.
 */
export class SpecView {
  constructor(readonly root: YamlNode) {}

  node(path: YamlPath): YamlNode | undefined {
    return findNode(this.root, path)?.node;
  }

  scalar(path: YamlPath): YamlScalar | undefined {
    const node = this.node(path);
    return node?.kind === 'scalar' ? node : undefined;
  }

  text(path: YamlPath): Placed<string> | undefined {
    const scalar = this.scalar(path);
    return typeof scalar?.value === 'string' ? { value: scalar.value, span: scalar.span } : undefined;
  }

  /** The texts of a list. */
  texts(path: YamlPath): readonly Placed<string>[] {
    const node = this.node(path);
    if (node?.kind !== 'sequence') return [];
    return node.items.flatMap(item =>
      item.kind === 'scalar' && typeof item.value === 'string' ? [{ value: item.value, span: item.span }] : [],
    );
  }

  /** Place of the key at a path, or undefined where there is none. */
  keySpan(path: YamlPath): Span | undefined {
    return findNode(this.root, path)?.keySpan;
  }
}
