import { readFileSync } from 'node:fs';
import { packageFile } from '../package-file.js';

/** The part of JSON Schema (draft-07) that the spec's schema is written in. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly oneOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly definitions?: Readonly<Record<string, SchemaNode>>;
}

/** Text of the spec's JSON Schema, as `pgm schema` prints it. */
export function readSchemaText(): string {
  return readFileSync(packageFile('schemas/pgm.schema.json'), 'utf8');
}
