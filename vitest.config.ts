import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{spec,model,impl,conformance,reports,bench,scripts}/**/*.test.ts'],
    testTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['spec/language/**/*.ts', 'model/**/*.ts', 'conformance/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: {
        'spec/language/**': { lines: 90, branches: 90 },
        'model/**': { lines: 90, branches: 90 },
        'conformance/**': { lines: 90, branches: 90 },
      },
    },
  },
});
