/** PNG (third edition): chunks with checksums up to IEND. */
import { hasBytes } from './image-format.ts';
import type { FormatRecord } from './image-format.ts';
import { walkPngChunks } from './png-chunks.ts';
import { readPngIndices } from './png-indices.ts';

export const png: FormatRecord = {
  name: 'PNG',
  endings: ['.png'],
  matches: (head) => hasBytes(head, 0, '\x89PNG\r\n\x1a\n'),
  checkComplete: async (file) => {
    await walkPngChunks(file);
  },
  lossy: false,
  readIndices: readPngIndices,
};
