import tseslint from 'typescript-eslint';

/** Rooms from the top down; a room may import from its own row and the rows below it. */
const layers = [
  ['cli'],
  ['render'],
  ['apply'],
  ['steps', 'plan', 'checks'],
  ['copy', 'replication', 'cutover', 'verify'],
  ['inspect', 'state'],
  ['postgres', 'spec'],
];

const importDirection = layers.slice(1).flatMap((rooms, index) => {
  const above = layers.slice(0, index + 1).flat();
  return rooms.map(room => ({
    files: [`src/${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: room === 'postgres' ? [] : [{ name: 'pg', message: 'Only src/postgres imports pg.' }],
          patterns: above.map(name => ({ group: [`../${name}/*`, `../../${name}/*`], allowTypeImports: true, message: `${room} lies below ${name}: imports go down.` })),
        },
      ],
    },
  }));
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'src/spec/spec-file.generated.ts'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  ...importDirection,
  { files: ['src/cli/**/*.ts'], rules: { 'no-restricted-imports': ['error', { paths: [{ name: 'pg', message: 'Only src/postgres imports pg.' }] }] } },
);
