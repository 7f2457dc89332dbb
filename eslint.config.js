import tseslint from 'typescript-eslint';

/** Rooms from the top down; a room may import from its own row and the rows below it. Types may come from anywhere. */
const layers = [
  ['cli'],
  ['ci'],
  ['render'],
  ['apply'],
  ['steps', 'plan', 'checks'],
  ['copy', 'replication', 'cutover', 'verify'],
  ['inspect', 'state'],
  ['postgres', 'spec'],
];
const rooms = layers.flat();

/** Rooms that are functions of their arguments: no clock, environment or I/O. */
const pure = ['checks', 'plan'];

/** What a room may not import: the rooms above it, `pg` outside of postgres, and Node's I/O where it is pure. */
function importsOf(room) {
  const row = layers.findIndex(layer => layer.includes(room));
  const above = layers.slice(0, row).flat();
  const upwards = {
    regex: `^(\\.\\./)+(${above.join('|')})/`,
    allowTypeImports: true,
    message: `${room} lies below: imports go down (CONTRIBUTING.md, "Rooms").`,
  };
  const io = { regex: '^node:(?!crypto$)', allowTypeImports: true, message: `${room} is pure: data in, data out.` };
  const driver = { name: 'pg', allowTypeImports: true, message: 'Only src/postgres talks to pg.' };
  return {
    paths: room === 'postgres' ? [] : [driver],
    patterns: [...(above.length === 0 ? [] : [upwards]), ...(pure.includes(room) ? [io] : [])],
  };
}

const importDirection = rooms.map(room => ({
  files: [`src/${room}/**/*.ts`],
  rules: { '@typescript-eslint/no-restricted-imports': ['error', importsOf(room)] },
}));

/** Text for people and programs goes out through src/render alone, so that stdout stays what --json promises. */
const output = {
  files: ['src/**/*.ts'],
  ignores: ['src/render/**', 'src/cli/**'],
  rules: {
    'no-restricted-properties': [
      'error',
      ...['stdout', 'stderr'].map(property => ({
        object: 'process',
        property,
        message: 'Only src/render writes there.',
      })),
    ],
  },
};

/** Text for people is no key: `a.b.c` may be two tables. Keys are made by relationKey alone, and its brand says so. */
const keys = {
  files: ['src/**/*.ts'],
  ignores: ['src/postgres/relation-key.ts', 'src/postgres/identifiers.ts'],
  rules: {
    'no-restricted-syntax': [
      'error',
      ...[
        'TemplateLiteral[quasis.1.value.raw="."] > :matches(MemberExpression[property.name="schema"], ' +
          'Identifier[name=/^(schema|schemaName|its)$/]):first-child',
      ].map(selector => ({
        selector,
        message: 'shownName() writes a relation for people, relationKey() makes a key.',
      })),
      ...[
        'NewExpression[callee.name="Set"] Identifier[name=/^(shownName|qualifiedName)$/]',
        'NewExpression[callee.name="Map"] ArrayExpression > ' +
          'CallExpression[callee.name=/^(shownName|qualifiedName)$/]:first-child',
        'TSAsExpression > TSTypeReference[typeName.name="RelationKey"]',
        'CallExpression[callee.property.name=/^(get|has|set|add|delete)$/] > ' +
          'CallExpression[callee.name=/^(shownName|qualifiedName)$/]',
      ].map(selector => ({ selector, message: 'A name as people read it is no key: use relationKey().' })),
    ],
  },
};

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'dist.new/',
      'coverage/',
      '.tmp/',
      'bench/results/',
      '**/*.generated.ts',
      'docs/.vitepress/dist/',
      'docs/.vitepress/cache/',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
    },
  },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          ignoreRestSiblings: true,
          varsIgnorePattern: '^_',
          argsIgnorePattern: '^_',
          destructuredArrayIgnorePattern: '^_',
        },
      ],
      // Its advice is wrong where a type parameter documents a row's shape: rows<{ name: string }>(sql).
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  ...importDirection,
  output,
  keys,
  // Tables of cases are long and have one idea all the same.
  {
    files: ['test/**/*.ts'],
    rules: { 'max-lines': ['error', { max: 760, skipBlankLines: true, skipComments: true }] },
  },
  {
    // Tests read JSON that pgm printed, and their support talks to servers by pg itself, not by pgm.
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'no-console': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
);
