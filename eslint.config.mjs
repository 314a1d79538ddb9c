import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Who may import whom: imports point only downwards. The base floor is drawn package by package. */
const depConstraints = [
  { sourceTag: 'floor:app', notDependOnLibsWithTags: ['floor:app'] },
  { sourceTag: 'floor:loop', onlyDependOnLibsWithTags: ['floor:engine', 'floor:base'] },
  { sourceTag: 'package:backends', onlyDependOnLibsWithTags: ['package:kernels', 'floor:engine', 'floor:base'] },
  { sourceTag: 'package:kernels', onlyDependOnLibsWithTags: ['floor:engine', 'floor:base'] },
  { sourceTag: 'package:models', onlyDependOnLibsWithTags: ['package:gradients', 'floor:base'] },
  { sourceTag: 'package:gradients', onlyDependOnLibsWithTags: ['floor:base'] },
  { sourceTag: 'package:mechanisms', onlyDependOnLibsWithTags: ['package:random', 'package:accounting'] },
  { sourceTag: 'package:quantization', onlyDependOnLibsWithTags: ['package:random'] },
  { sourceTag: 'package:data', onlyDependOnLibsWithTags: ['package:random'] },
  { sourceTag: 'floor:leaf', onlyDependOnLibsWithTags: [] },
];

/** The pure packages never import TensorFlow.js. */
const pure = ['random', 'accounting', 'scheduling', 'data', 'mechanisms'];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strict, tseslint.configs.stylistic],
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { allow: [], depConstraints }],
    },
  },
  {
    files: pure.map((name) => `packages/${name}/src/**/*.ts`),
    rules: {
      'no-restricted-imports': ['error', { patterns: ['@tensorflow/*', 'node:*'] }],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: { console: 'readonly', process: 'readonly', URL: 'readonly', performance: 'readonly', module: 'writable', require: 'readonly' },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
);
