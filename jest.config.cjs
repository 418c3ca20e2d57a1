/**
 * Tests import `src/…` and run against the compiled `dist/…`: what is tested is what is shipped,
 * worker threads included. `npm test` builds first.
 *
 * Every file runs once; those that go through a whole server run once more on MongoDB. STORES=embedded leaves everything
 * out that needs a mongod, STORES=mongodb runs the second half alone.
 */
const project = {
  rootDir: __dirname,
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
    'fhir-kit-client/.*\\.m?js$': ['@swc/jest', { jsc: { target: 'es2022' }, module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!fhir-kit-client/)', '/dist/'],
  moduleNameMapper: { '^(?:\\.\\.?/)+src/(.*)$': '<rootDir>/dist/$1' },
  modulePathIgnorePatterns: ['<rootDir>/data'],
  globalSetup: '<rootDir>/test/support/mongo-setup.cjs',
  globalTeardown: '<rootDir>/test/support/mongo-teardown.cjs',
};

/** What a caller sees must not depend on the store. */
const onBothStores = [
  'access/enforcement', 'cli/tour', 'e2e/leaks/matrix', 'e2e/{audit,capabilities,exactness,hostile-input,main-job,reindexing,representation,rest,tokens}', 'interactions/{binary,cursors,history,parts,read,search}', 'interactions/search-*', 'interactions/bundle/{bundle,entries,rules,searches}',
  'interactions/write/*', 'maintenance/lived', 'operations/*', 'search/{answers,every-parameter,tables}',
];

const projects = [
  { ...project, displayName: 'embedded', testMatch: ['<rootDir>/test/**/*.test.ts'] },
  { ...project, displayName: 'mongodb', testMatch: onBothStores.map((name) => `<rootDir>/test/${name}.test.ts`), setupFilesAfterEnv: ['<rootDir>/test/support/on-mongodb.ts'] },
];
const stores = (process.env.STORES ?? 'embedded,mongodb').split(',');

module.exports = {
  projects: projects.filter(({ displayName }) => stores.includes(displayName)),
  // They wait for a database or a server process for a good part of their time.
  maxWorkers: 3,
  testSequencer: '<rootDir>/test/support/longest-first.cjs',
  testTimeout: 240_000,
  reporters: ['default', '<rootDir>/scripts/count-reporter.cjs'],
};
