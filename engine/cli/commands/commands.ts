/**
 * The commands of the command line, in the order in which one meets them.
 */
import type { Command } from '../command.ts';
import { convert } from './convert.ts';
import { demo } from './demo.ts';
import { doctor } from './doctor.ts';
import { evaluate } from './evaluate.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { predict } from './predict.ts';
import { serve } from './serve.ts';
import { split } from './split.ts';
import { start } from './start.ts';
import { train } from './train.ts';
import { verify } from './verify.ts';

export const commands: readonly Command[] = [
  start,
  serve,
  demo,
  importCommand,
  split,
  train,
  evaluate,
  predict,
  exportCommand,
  convert,
  verify,
  doctor,
];
