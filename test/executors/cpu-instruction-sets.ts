/**
 * The instruction sets that the tests of the cpu executor run on: all of this machine's. Not a test.
 * Convention: where the native part is not built, one name that says so, with tests that are skipped.
 */
import { cpuAvailability, cpuInstructionSets } from '../../engine/executors/cpu/cpu-executor.ts';

export const hasCpu: boolean = cpuAvailability().available;

export const instructionSets: readonly string[] = hasCpu ? cpuInstructionSets() : ['(skipped: no native part)'];
