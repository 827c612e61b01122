/**
 * The verbs of the command line, in the order in which one meets them.
 */
import type { Verb } from '../verb.ts';
import { doctor } from './doctor.ts';
import { importVerb } from './import.ts';
import { start } from './start.ts';
import { verify } from './verify.ts';

export const verbs: readonly Verb[] = [start, importVerb, verify, doctor];
