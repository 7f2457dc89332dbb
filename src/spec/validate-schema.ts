import type { ErrorObject, ValidateFunction } from 'ajv';
import { coreValue } from './build-tree.js';
import type { SchemaNode } from './schema.js';
import { validate as generated } from './validator.generated.js';
import { mapScalars, toData, type YamlNode, type YamlPath, type YamlScalar } from './yaml-tree.js';

export interface SchemaError {
  readonly keyword: string;
  readonly path: YamlPath;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The schema that the value at `path` was held against. */
  readonly schema: SchemaNode;
}

export interface SchemaResult {
  /** The tree, with texts from variables turned into the numbers and truth values that the schema asks for. */
  readonly root: YamlNode;
  readonly errors: readonly SchemaError[];
}

const validate = generated as unknown as ValidateFunction;

/** Holds the tree against the spec's JSON Schema. */
export function validateSchema(root: YamlNode): SchemaResult {
  let tree = root;
  let errors = errorsOf(tree);
  const typed = withTypedVariables(tree, errors);
  if (typed !== tree) {
    tree = typed;
    errors = errorsOf(tree);
  }
  return { root: tree, errors };
}

function errorsOf(root: YamlNode): SchemaError[] {
  validate(toData(root));
  return (validate.errors ?? []).map(toSchemaError);
}

function toSchemaError(error: ErrorObject): SchemaError {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return {
    keyword: error.keyword,
    path,
    schemaPath: error.schemaPath,
    params: error.params as Record<string, unknown>,
    schema: (error.parentSchema ?? {}) as SchemaNode,
  };
}

/**
 * `jobs: ${JOBS}` is text to YAML; where a number or truth value is asked for and the text is one, it is taken for it.
 */
function withTypedVariables(root: YamlNode, errors: readonly SchemaError[]): YamlNode {
  const wanted = new Map(
    errors
      .filter(({ keyword }) => keyword === 'type')
      .map(({ path, params }) => [path.join('/'), [params['type']].flat()]),
  );
  const changes: YamlPath[] = [];
  const typed = mapScalars(root, (scalar: YamlScalar, path): YamlScalar => {
    const types = wanted.get(path.join('/'));
    if (types === undefined || scalar.variables.length === 0 || typeof scalar.value !== 'string') return scalar;
    const value = coreValue(scalar.value);
    const type = Number.isInteger(value) ? 'integer' : typeof value;
    if (!types.includes(type)) return scalar;
    changes.push(path);
    return { ...scalar, value };
  });
  return changes.length > 0 ? typed : root;
}
