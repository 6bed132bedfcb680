import type { Work } from '../lab.ts';
import { datasetDelta, fullPull } from './dataset-reads.ts';
import { fanOut } from './fan-out.ts';
import { journal } from './journal.ts';
import { modelDelta } from './model-delta.ts';
import { pushHundred, pushOne } from './push.ts';
import { signIn } from './sign-in.ts';
import { sockets } from './sockets.ts';
import { start } from './start.ts';
import { ways } from './ways.ts';

/** Everything that is measured, in order. */
export const works: readonly Work[] = [
  pushOne,
  pushHundred,
  modelDelta,
  datasetDelta,
  fullPull,
  journal,
  fanOut,
  sockets,
  signIn,
  start,
  ways,
];
