import tseslint from 'typescript-eslint';

/** Imports go one way: each room may import itself and the rooms listed for it. ARCHITECTURE.md draws the same picture. */
const rooms = {
  fhir: [],
  search: ['fhir'],
  access: ['fhir', 'search'],
  store: ['fhir', 'search', 'access'],
  terminology: ['fhir'],
  identity: ['fhir', 'search', 'access', 'store', 'terminology'],
  documents: ['fhir', 'search', 'access', 'store', 'terminology', 'identity'],
  interactions: ['fhir', 'search', 'access', 'store', 'terminology', 'identity', 'documents'],
  operations: ['fhir', 'search', 'access', 'store', 'terminology', 'identity', 'documents', 'interactions'],
  maintenance: ['fhir', 'search', 'access', 'store', 'terminology', 'identity', 'documents'],
  http: ['fhir', 'search', 'access', 'store', 'terminology', 'identity', 'documents', 'interactions', 'operations'],
};
const directions = Object.entries(rooms).map(([room, allowed]) => {
  const forbidden = [...Object.keys(rooms), 'cli'].filter((other) => other !== room && !allowed.includes(other));
  return {
    files: [`src/${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': ['error', {
        patterns: [{
          regex: `^(\\.\\./)+(${forbidden.join('|')})/|^(\\.\\./)+(main|config)(\\.js)?$`,
          message: `src/${room} must not import this room: see "The rooms" in ARCHITECTURE.md.`,
        }, ...(room === 'http' ? [] : [{ regex: '^express$', message: 'Only src/http knows Express.' }]),
        ...(room === 'store' ? [] : [{ regex: '^(libsql|mongodb)$', message: 'Only src/store knows a database driver.' }])],
      }],
    },
  };
});

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'profiles/', 'data/', 'coverage/'] },
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: ['error', 'always'],
      'max-lines': ['warn', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-empty': 'error',
    },
  },
  { files: ['**/*.cjs', 'bin/*.js', 'scripts/**'], languageOptions: { globals: { module: 'writable', process: 'readonly', require: 'readonly', console: 'readonly' } }, rules: { '@typescript-eslint/no-require-imports': 'off' } },
  ...directions,
);
