export { IndexedDbRun, type IndexedDbRunOptions, type StoredModel } from './indexedDbRun.ts';
