import { DivergenceError } from '../divergence.ts';
import { PolicyError } from '../policyError.ts';
import { SourceError } from '../source/sourceError.ts';

/** After these the position is that of the step before: what was released is private already. */
export const savedErrors = [DivergenceError, PolicyError, SourceError] as const;
