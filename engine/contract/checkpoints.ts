/**
 * Requests about networks in files: made into another kind of file. Convention: the output's kind is said, not guessed.
 */
import { z } from 'zod';

const path = z.string().min(1);

/** 'pth' is PyTorch's own, a state dict; 'onnx' is for ONNX Runtime, 'onnx-portable' has standard operators alone. */
export const checkpointFormat = z.enum(['safetensors', 'pth', 'onnx', 'onnx-portable']);
export type CheckpointFormat = z.infer<typeof checkpointFormat>;

const converted = z.strictObject({
  checkpoint: path,
  output: path,
  format: checkpointFormat,
  bytes: z.int().nonnegative(),
  network: z.strictObject({
    parameters: z.int().positive(),
    inputChannels: z.int().positive(),
    classes: z.array(z.string()),
    size: z.strictObject({ width: z.int().positive(), height: z.int().positive() }),
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
