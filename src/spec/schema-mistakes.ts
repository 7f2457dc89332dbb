import { correctedForm } from './corrected-form.js';
import { didYouMean } from '../did-you-mean.js';
import { mistake, type Mistake } from './mistake.js';
import { readSchemaText, type SchemaNode } from './schema.js';
import { expectation, expectedType, maySeeSecret, showValue } from './schema-words.js';
import type { SchemaError, SchemaResult } from './validate-schema.js';
import { findNode, type YamlNode, type YamlPath } from './yaml-tree.js';

/** The schema's errors in words, each at the key or value it is about. */
export function schemaMistakes({ root, errors }: SchemaResult): Mistake[] {
  if (errors.length === 0) return [];
  const schema = JSON.parse(readSchemaText()) as SchemaNode;
  const told = withoutOtherBranches(errors, root);
  return told.filter(error => !isMisspelt(error, told)).map(error => toMistake(error, root, schema));
}

/**
 * An error of `oneOf` comes with the errors of every branch. Of a mapping, those of the branch for mappings are
 * wanted; of anything else, that of the `oneOf` itself.
 */
function withoutOtherBranches(errors: readonly SchemaError[], root: YamlNode): SchemaError[] {
  const isMapping = (path: YamlPath): boolean => findNode(root, path)?.node.kind === 'mapping';
  return errors.filter(({ keyword, path, schemaPath, schema }) => {
    if (keyword === 'oneOf') return !isMapping(path);
    const isAboutTheBranch = /\/oneOf\/\d+\/[^/]+$/.test(schemaPath);
    return !isAboutTheBranch || (schema.type === 'object' && isMapping(path));
  });
}

/** A key that is missing because it stands there misspelt is told once. */
function isMisspelt({ keyword, path, params }: SchemaError, errors: readonly SchemaError[]): boolean {
  const missing = keyword === 'required' ? String(params['missingProperty']) : undefined;
  return (
    missing !== undefined &&
    errors.some(
      other =>
        other.keyword === 'additionalProperties' &&
        pathName(other.path) === pathName(path) &&
        didYouMean(String(other.params['additionalProperty']), [missing]) !== undefined,
    )
  );
}

function toMistake(error: SchemaError, root: YamlNode, schema: SchemaNode): Mistake {
  const { keyword, path, params } = error;
  const name = pathName(path);
  const found = findNode(root, path);
  const node = found?.node ?? root;
  const at = node.kind === 'scalar' ? node.span : (found?.keySpan ?? node.span);
  switch (keyword) {
    case 'additionalProperties':
      return unknownKey(String(params['additionalProperty']), error, node, schema);
    case 'required': {
      const missing = String(params['missingProperty']);
      const example = exampleOf(error.schema.properties?.[missing]);
      return mistake(
        'PGMS011',
        at,
        `"${pathName([...path, missing])}" is missing`,
        example === undefined ? undefined : `For example ${missing}: ${example}`,
      );
    }
    case 'type':
    case 'oneOf': {
      const wanted = expectedType(error.schema);
      const meant = meantChoice(
        node,
        (error.schema.oneOf ?? []).map(branch => branch.const),
      );
      return mistake(
        'PGMS012',
        at,
        `${name} must be ${wanted}, not ${showValue(node, path)}`,
        meant ?? typeHint(error.schema, node, path),
      );
    }
    case 'enum':
    case 'const': {
      const choices = error.schema.enum ?? [error.schema.const];
      const message =
        `${name} must be ${choices.length === 1 ? '' : 'one of '}${choices.join(', ')}, ` +
        `not ${showValue(node, path)}`;
      return mistake('PGMS013', at, message, meantChoice(node, choices));
    }
    default:
      return mistake(
        'PGMS013',
        at,
        `${name} ` +
          `must ${limit(error)}${node.kind === 'scalar' && node.text !== '' ? `, not ${showValue(node, path)}` : ''}`,
        correctedHint(error, node) ?? expectation(error.schema),
      );
  }
}

function correctedHint({ keyword, schema, path }: SchemaError, node: YamlNode): string | undefined {
  if (keyword !== 'pattern' || node.kind !== 'scalar' || node.variables.length > 0 || maySeeSecret(node.text, path))
    return undefined;
  const form = correctedForm(node.text, schema);
  return form === undefined ? undefined : `Write ${String(path.at(-1) ?? '')}: ${form}`;
}

function meantChoice(node: YamlNode, choices: readonly unknown[]): string | undefined {
  if (node.kind !== 'scalar' || node.variables.length > 0) return undefined;
  const meant = didYouMean(
    node.text,
    choices.filter(choice => typeof choice === 'string'),
  );
  return meant === undefined ? undefined : `Did you mean "${meant}"?`;
}

function limit({ keyword, params, schema }: SchemaError): string {
  if (keyword === 'minimum') return `be at least ${String(params['limit'])}`;
  if (keyword === 'maximum') return `be at most ${String(params['limit'])}`;
  if (keyword === 'pattern') return `be ${expectedType(schema)}`;
  return 'not be empty';
}

function unknownKey(key: string, error: SchemaError, node: YamlNode, schema: SchemaNode): Mistake {
  const entry = node.kind === 'mapping' ? node.entries.find(one => one.key === key) : undefined;
  const here = Object.keys(error.schema.properties ?? {});
  const meant = didYouMean(key, here) ?? here.find(name => plain(name) === plain(key));
  const elsewhere = meant === undefined ? pathsOf(key, schema) : [];
  const hint =
    meant !== undefined
      ? `Did you mean "${meant}"?`
      : elsewhere.length > 0
        ? `It belongs here: ${elsewhere.join(' or ')}.`
        : `Keys that may stand here: ${here.join(', ')}.`;
  return mistake(
    'PGMS010',
    entry?.keySpan ?? node.span,
    `unknown key "${key}"${error.path.length === 0 ? '' : ` in ${pathName(error.path)}`}`,
    hint,
  );
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Paths of the spec at which a key of this name may stand. */
function pathsOf(key: string, schema: SchemaNode, path = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const below = [property, ...(property.oneOf ?? [])].flatMap(node => pathsOf(key, node, at));
    return name === key && path !== '' ? [at, ...below] : below;
  });
}

function typeHint(schema: SchemaNode, node: YamlNode, path: YamlPath): string | undefined {
  const key = String(path.at(-1) ?? '');
  const types = [schema.type ?? []].flat();
  if (node.kind === 'scalar' && node.variables.length === 0 && !maySeeSecret(node.text, path)) {
    if (types.includes('boolean') && /^(yes|on|y|no|off|n|true|false)$/i.test(node.text)) {
      return (
        'Truth values are true and false in YAML ' +
        `1.2: ${key}: ${/^(yes|on|y|true)$/i.test(node.text) ? 'true' : 'false'}`
      );
    }
    if (types.includes('integer') && /^\d+$/.test(node.text)) return `Write it without quotes: ${key}: ${node.text}`;
    if (types.includes('string') && schema.pattern === undefined && node.text !== '' && node.value !== null)
      return `Put it in quotes: "${node.text}"`;
    if (types.includes('object') && schema.properties?.['connection'] !== undefined)
      return `Write ${key}: {connection: …}`;
    const form = correctedForm(node.text, schema);
    if (form !== undefined) return `Write ${key}: ${form}`;
  }
  return expectation(schema);
}

function exampleOf(schema: SchemaNode | undefined): string | undefined {
  const example = schema?.examples?.[0];
  return example === undefined ? undefined : JSON.stringify(example).replaceAll(/^"|"$/g, '');
}

/** `copy.jobs`, `databases.include[0]`; `the spec` for the whole. */
export function pathName(path: YamlPath): string {
  if (path.length === 0) return 'the spec';
  return path
    .map((part, index) =>
      /^\d+$/.test(String(part)) && index > 0 ? `[${String(part)}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}
