export {
  BackendUnavailableError,
  backendNames,
  startBackend,
  type BackendName,
  type StartedBackend,
} from './startBackend.ts';
