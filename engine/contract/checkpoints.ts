/**
 * Requests about networks in files: made into another kind of file. Convention: the output's kind is said, not guessed.
 */
import { z } from 'zod';
import { count, path, positive, size } from './values.ts';

/** 'pth' is PyTorch's own, a state dict; 'onnx' is for ONNX Runtime, 'onnx-portable' has standard operators alone. */
export const checkpointFormat = z.enum(['safetensors', 'pth', 'onnx', 'onnx-portable']);
export type CheckpointFormat = z.infer<typeof checkpointFormat>;

const converted = z.strictObject({
  checkpoint: path,
  output: path,
  format: checkpointFormat,
  bytes: count,
  network: z.strictObject({
    parameters: positive,
    inputChannels: positive,
    classes: z.array(z.string()),
    size,
  }),
});
export type ConvertedCheckpoint = z.infer<typeof converted>;

export const checkpointRequests = {
  'checkpoint.convert': {
    arguments: z.strictObject({
      checkpoint: path,
      output: path,
      format: checkpointFormat,
      /** Also replace a file that is there. */
      overwrite: z.boolean().optional(),
    }),
    result: converted,
  },
} as const;
