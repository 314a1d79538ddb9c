import * as tf from '@tensorflow/tfjs-core';
import { noFeatures, type Backend } from './backend.ts';
import { activate, loadPackage } from './loadPackage.ts';

/** Plain JavaScript: runs everywhere, slowly. */
export const cpu: Backend = {
  name: 'cpu',
  isAutomatic: true,
  async start() {
    await loadPackage('@tensorflow/tfjs-backend-cpu', () => import('@tensorflow/tfjs-backend-cpu'));
    // In Node this backend prints an advertisement for the native one on standard error at its
    // first use.
    tf.env().set('IS_NODE', false);
    await activate('cpu');
    return {
      tensorflowName: 'cpu',
      device: 'JavaScript, one thread',
      isSoftware: false,
      features: noFeatures,
    };
  },
};
