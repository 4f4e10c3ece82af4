import root from '../../jest.config.mjs';

/** @type {import('jest').Config} */
export default {
  ...root,
  rootDir: '../..',
  roots: ['<rootDir>/test/engines'],
  testMatch: ['**/*.engine-spec.ts'],
  // One model server at a time: they take all processors they can get.
  maxWorkers: 1,
  testTimeout: 120_000,
  verbose: true,
};
