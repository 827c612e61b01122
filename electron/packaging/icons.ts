/**
 * Makes the application's icons from the window's own; run by hand: `node electron/packaging/icons.ts` after changing it.
 * Convention: what it makes is small and kept in resources/icons; PNG inside of every container.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const root = fileURLToPath(new URL('../../', import.meta.url));
const target = join(root, 'resources', 'icons');
const drawing = readFileSync(join(root, 'renderer', 'public', 'icon.svg'));
const drawnSize = 64;

/** @param margin of each side, as a share of the whole */
async function draw(size: number, margin = 0): Promise<Buffer> {
  const edge = Math.round(size * margin);
  const inner = size - 2 * edge;
  const transparent = { r: 0, g: 0, b: 0, alpha: 0 };
  return sharp(drawing, { density: (72 * inner) / drawnSize })
    .resize(inner, inner)
    .extend({ top: edge, bottom: edge, left: edge, right: edge, background: transparent })
    .png({ compressionLevel: 9, palette: true })
    .toBuffer();
}

/** Microsoft's container: a directory of 16 bytes each, then the pictures. */
function ico(pictures: readonly (readonly [size: number, png: Buffer])[]): Buffer {
  const head = Buffer.alloc(6 + 16 * pictures.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(pictures.length, 4);
  let at = head.length;
  for (const [index, [size, png]] of pictures.entries()) {
    const entry = 6 + 16 * index;
    // 256 is written as 0.
    head.writeUInt8(size % 256, entry);
    head.writeUInt8(size % 256, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(png.length, entry + 8);
    head.writeUInt32LE(at, entry + 12);
    at += png.length;
  }
  return Buffer.concat([head, ...pictures.map(([, png]) => png)]);
}

/** Apple's container: a name of four letters and a length before each picture. */
function icns(pictures: readonly (readonly [name: string, png: Buffer])[]): Buffer {
  const parts = pictures.map(([name, png]) => block(name, png));
  return block('icns', Buffer.concat(parts));
}

function block(name: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(name, 'latin1');
  head.writeUInt32BE(8 + content.length, 4);
  return Buffer.concat([head, content]);
}

mkdirSync(join(target, 'png'), { recursive: true });
for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024]) {
  writeFileSync(join(target, 'png', `${size}x${size}.png`), await draw(size));
}
const windowsSizes = [16, 24, 32, 48, 64, 128, 256];
writeFileSync(
  join(target, 'icon.ico'),
  ico(await Promise.all(windowsSizes.map(async (size) => [size, await draw(size)] as const))),
);
const macSizes = { ic11: 32, ic12: 64, ic07: 128, ic13: 256, ic08: 256, ic14: 512, ic09: 512, ic10: 1024 };
writeFileSync(
  join(target, 'icon.icns'),
  // On a Mac icons keep a margin of a tenth.
  icns(await Promise.all(Object.entries(macSizes).map(async ([name, size]) => [name, await draw(size, 0.1)] as const))),
);
