/**
 * The verbs of the command line, in the order in which one meets them.
 */
import type { Verb } from '../verb.ts';
import { convert } from './convert.ts';
import { demo } from './demo.ts';
import { doctor } from './doctor.ts';
import { evaluate } from './evaluate.ts';
import { exportVerb } from './export.ts';
import { importVerb } from './import.ts';
import { predict } from './predict.ts';
import { serve } from './serve.ts';
import { split } from './split.ts';
import { start } from './start.ts';
import { train } from './train.ts';
import { verify } from './verify.ts';

export const verbs: readonly Verb[] = [
  start,
  serve,
  demo,
  importVerb,
  split,
  train,
  evaluate,
  predict,
  exportVerb,
  convert,
  verify,
  doctor,
];
