/** WebP: a RIFF file that says its own length. */
import { truncated } from '../image-error.ts';
import { hasBytes } from './image-format.ts';
import type { FormatRecord } from './image-format.ts';

export const webp: FormatRecord = {
  name: 'WebP',
  endings: ['.webp'],
  matches: (head) => hasBytes(head, 0, 'RIFF') && hasBytes(head, 8, 'WEBP'),
  checkComplete: async (file) => {
    const size = (await file.read(4, 4)).readUInt32LE(0);
    if (8 + size > file.size) throw truncated(file.name);
  },
  lossy: true,
};
