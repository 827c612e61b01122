/**
 * WebGPU's flags as its specification numbers them. Convention: written out, for in Node they are no globals.
 */

export const usage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;

export const computeStage = 0x4;
export const mapForReading = 0x1;
