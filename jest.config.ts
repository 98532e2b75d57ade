/** @jest-config-loader ts-node */
import type { Config } from 'jest';

const config: Config = {
  rootDir: __dirname,
  testMatch: ['<rootDir>/{gateway,subgraphs,shared,test,tools}/**/*.test.ts'],
  transform: { '\\.[jt]s$': '@swc/jest' },
  // These packages are ES modules alone.
  transformIgnorePatterns: ['/node_modules/(?!(sql-template-tag|auto-bind|jose)/)'],
  globalSetup: '<rootDir>/test/testkit/start-postgres.ts',
  setupFilesAfterEnv: ['<rootDir>/test/testkit/second-try.ts'],
  globalTeardown: '<rootDir>/test/testkit/stop-postgres.ts',
  maxWorkers: 2,
  testTimeout: 60_000,
};

export default config;
