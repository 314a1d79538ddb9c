export { answerRequests, type AnsweringOptions } from './answerRequests.ts';
export { SilentRanksError, type Communicator, type Waiting } from './communicator.ts';
export { DistributedSource, type DistributedSourceOptions } from './distributedSource.ts';
export type { EngineTimes } from './engineTimes.ts';
export { launchedRank, type LaunchedRank } from './launch.ts';
export { weightShapes } from './modelWeights.ts';
export type { OpenMpiOptions } from './openMpi/openMpi.ts';
export { connectOpenMpi } from './openMpi/openMpi.ts';
export { MpiUnavailableError } from './openMpi/mpiUnavailableError.ts';
export { RankError, rankText, type RankPlace } from './rankError.ts';
export {
  agreeOnSetting,
  giveOrder,
  nextOrder,
  tellFacts,
  type RankFacts,
  type RankMember,
} from './settingOfRun.ts';
