import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { ComputationSetting, GradientSource } from '../source/gradientSource.ts';
import { localSource, type LocalSourceOptions } from '../source/localSource.ts';

/** Requests and answers of a cloned source. */
export interface ClonedTraffic {
  readonly requests: { readonly method: keyof GradientSource; readonly request: object }[];
  /** Versions of the weights that were sent, in order. */
  readonly versions: number[];
}

/**
 * Answers as another process would: with another model instance and data set object, which get
 * clones of requests and of the asking model's weights, and answer with clones.
 *
 * @param asking the trainer's model
 * @param isNews whether to send the weights of a version; by default whenever it has changed
 */
export function clonedSource(
  asking: tfl.LayersModel,
  there: LocalSourceOptions,
  isNews: (version: number, known: number | undefined) => boolean = (version, known) =>
    version !== known,
): GradientSource & ClonedTraffic {
  const answering = localSource(there);
  const requests: ClonedTraffic['requests'] = [];
  const versions: number[] = [];
  const receive = <T extends object>(
    method: keyof GradientSource,
    request: T,
    setting: ComputationSetting | null,
  ): T => {
    requests.push({ method, request });
    if (setting && isNews(setting.weightsVersion, versions.at(-1))) {
      const values = asking.getWeights().map((weight) => weight.arraySync());
      const weights = structuredClone(values).map((value) => tf.tensor(value));
      there.model.setWeights(weights);
      tf.dispose(weights);
      versions.push(setting.weightsVersion);
    }
    return structuredClone(request);
  };
  return {
    requests,
    versions,
    probe: async (request) =>
      structuredClone(
        await answering.probe(receive('probe', request, request.model ?? request.sums)),
      ),
    sum: async (request, signal) =>
      structuredClone(await answering.sum(receive('sum', request, request), signal)),
    losses: async (request, signal) =>
      structuredClone(await answering.losses(receive('losses', request, request), signal)),
  };
}
