/** GIF (GIF89a, section 12 on): blocks up to the trailer, or up to the end of the file after a whole block. */
import { damaged } from '../image-error.ts';
import type { ByteReader } from './byte-reader.ts';
import { hasBytes } from './image-format.ts';
import type { FormatRecord } from './image-format.ts';

export const gif: FormatRecord = {
  name: 'GIF',
  endings: ['.gif'],
  matches: (head) => hasBytes(head, 0, 'GIF87a') || hasBytes(head, 0, 'GIF89a'),
  checkComplete,
  lossy: false,
};

async function checkComplete(file: ByteReader): Promise<void> {
  const flags = (await file.read(10, 1))[0]!;
  const tableBytes = (packed: number): number => (packed & 0x80 ? 3 << ((packed & 7) + 1) : 0);
  let at = 13 + tableBytes(flags);
  for (let frames = 0; ;) {
    if (at >= file.size && frames > 0) return;
    const kind = (await file.read(at, 1))[0]!;
    if (kind === 0x3b) return;
    if (kind === 0x2c) {
      at += 11 + tableBytes((await file.read(at + 9, 1))[0]!);
      frames++;
    } else if (kind === 0x21) at += 2;
    else if (frames > 0) return;
    else throw damaged(file.name, `no GIF block at byte ${at}`);
    for (let length = -1; length !== 0; at += length + 1) length = (await file.read(at, 1))[0]!;
  }
}
