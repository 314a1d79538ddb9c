import { builtinModules } from 'node:module';
import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Who may import whom: imports point only downwards. The base floor is drawn package by package. */
const depConstraints = [
  { sourceTag: 'floor:app', notDependOnLibsWithTags: ['floor:app'] },
  {
    sourceTag: 'package:experiments',
    onlyDependOnLibsWithTags: ['package:report', 'package:accounting'],
  },
  {
    sourceTag: 'package:distributed',
    onlyDependOnLibsWithTags: ['floor:loop', 'floor:engine', 'floor:base'],
  },
  { sourceTag: 'floor:loop', onlyDependOnLibsWithTags: ['floor:engine', 'floor:base'] },
  {
    sourceTag: 'package:backends',
    onlyDependOnLibsWithTags: ['package:kernels', 'floor:engine', 'floor:base'],
  },
  { sourceTag: 'package:kernels', onlyDependOnLibsWithTags: ['floor:engine', 'floor:base'] },
  { sourceTag: 'package:models', onlyDependOnLibsWithTags: ['package:gradients', 'floor:base'] },
  { sourceTag: 'package:gradients', onlyDependOnLibsWithTags: ['floor:base'] },
  {
    sourceTag: 'package:mechanisms',
    onlyDependOnLibsWithTags: ['package:random', 'package:accounting', 'package:operations'],
  },
  {
    sourceTag: 'package:quantization',
    onlyDependOnLibsWithTags: ['package:random', 'package:operations'],
  },
  { sourceTag: 'package:data', onlyDependOnLibsWithTags: ['package:random'] },
  { sourceTag: 'floor:leaf', onlyDependOnLibsWithTags: [] },
];

/** The pure packages never import TensorFlow.js. */
const pure = ['random', 'accounting', 'scheduling', 'sensitivity', 'report', 'data'];
/** These run in browsers as well, but for their tests and their entries for Node. */
const portable = [
  ...pure,
  ...['operations', 'mechanisms', 'quantization', 'gradients', 'models', 'training'],
];
const nodeOnly = [
  'packages/*/src/**/*.test.ts',
  'packages/*/src/testing/**/*.ts',
  'packages/data/src/mnist.ts',
  'packages/data/src/node/**/*.ts',
  'packages/models/src/node/**/*.ts',
  'packages/training/src/node/**/*.ts',
];

const sourcesOf = (packages) => packages.map((name) => `packages/${name}/src/**/*.ts`);
const withoutTensorFlow = {
  group: ['@tensorflow/*'],
  message: 'This package does without TensorFlow.js.',
};
const browserMessage = 'This package runs in browsers: an entry of its own may use Node.';
const withoutNode = { group: ['node:*'], message: browserMessage };
const withoutBareNode = builtinModules.map((name) => ({ name, message: browserMessage }));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      // A name beside a rest leaves it out of the rest.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // Numbers and missing values read well in messages; objects do not.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        {
          allowAny: false,
          allowArray: true,
          allowBoolean: true,
          allowNever: false,
          allowNullish: true,
          allowNumber: true,
          allowRegExp: false,
        },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      // Brackets show that a key is one of an index signature.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      '@typescript-eslint/prefer-nullish-coalescing': [
        'error',
        { ignorePrimitives: { boolean: true } },
      ],
      // `noUncheckedIndexedAccess` asks for `!` at every index that the code knows to be valid.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Borders check what types promise: values of JSON, of users and of TensorFlow.js may differ.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // TensorFlow.js types layers and weights by their base class; their names tell the class.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // `async` without `await` makes a rejection of what is thrown, as callers expect it.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // A file is one idea. Tests may go through many cases of it.
    files: ['**/*.ts', '**/*.tsx', '**/*.mjs', '**/*.cjs', '**/*.js'],
    ignores: ['**/*.test.ts', 'packages/kernels/src/wasm/module/moduleBytes.js'],
    rules: { 'max-lines': ['error', 300] },
  },
  {
    // Prettier does not wrap comments. `code` is Prettier's, and never reached here.
    files: ['**/*.ts', '**/*.tsx', '**/*.mjs', '**/*.cjs', '**/*.js'],
    ignores: ['packages/kernels/src/wasm/module/moduleBytes.js'],
    rules: { 'max-len': ['error', { code: 100_000, comments: 100, ignoreUrls: true }] },
  },
  {
    // AssemblyScript is no TypeScript: its types are of its own compiler.
    files: ['packages/kernels/wasm/**/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    files: ['packages/*/src/**/*.ts', 'apps/*/src/**/*.{ts,tsx}'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { allow: [], depConstraints }],
    },
  },
  {
    files: sourcesOf(portable),
    ignores: nodeOnly,
    rules: {
      'no-restricted-imports': ['error', { paths: withoutBareNode, patterns: [withoutNode] }],
      'no-restricted-globals': [
        'error',
        ...['Buffer', 'process', 'require', '__dirname', '__filename'].map((name) => ({
          name,
          message: browserMessage,
        })),
      ],
    },
  },
  {
    files: sourcesOf(pure),
    rules: { 'no-restricted-imports': ['error', { patterns: [withoutTensorFlow] }] },
  },
  {
    files: sourcesOf(['experiments']),
    rules: { 'no-restricted-imports': ['error', { patterns: [withoutTensorFlow] }] },
  },
  {
    // The rule's last setting replaces the others, so that this one repeats both.
    files: sourcesOf(pure),
    ignores: nodeOnly,
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: withoutBareNode, patterns: [withoutNode, withoutTensorFlow] },
      ],
    },
  },
  {
    // Kernels that need no scratch are called with it all the same.
    files: ['packages/kernels/wasm/**/*.ts'],
    rules: { '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_scratch$' }] },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: {
        console: 'readonly',
        process: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        module: 'writable',
        require: 'readonly',
        AbortController: 'readonly',
        URLSearchParams: 'readonly',
      },
    },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // What TypeScript infers of plain JavaScript is enough to know its promises.
    files: ['tools/**/*.mjs'],
    extends: [tseslint.configs.base],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
    },
  },
  {
    files: ['tools/*/browser/**/*.mjs', 'tools/studio-e2e/**/*.mjs'],
    languageOptions: {
      globals: { document: 'readonly', location: 'readonly', Worker: 'readonly' },
    },
  },
);
