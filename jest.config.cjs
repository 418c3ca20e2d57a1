/**
 * Tests import `src/…` and run against the compiled `dist/…`: what is tested is what is shipped,
 * worker threads included. `npm test` builds first.
 */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
    'fhir-kit-client/.*\\.m?js$': ['@swc/jest', { jsc: { target: 'es2022' }, module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!fhir-kit-client/)', '/dist/'],
  moduleNameMapper: { '^(?:\\.\\.?/)+src/(.*)$': '<rootDir>/dist/$1' },
  modulePathIgnorePatterns: ['<rootDir>/data'],
  globalSetup: '<rootDir>/test/support/mongo-setup.cjs',
  globalTeardown: '<rootDir>/test/support/mongo-teardown.cjs',
  maxWorkers: 2,
  testTimeout: 60000,
  reporters: ['default', '<rootDir>/scripts/count-reporter.cjs'],
};
