/**
 * Reads a JSON file that may come from anywhere. Judges nothing that stands in it. Blocks, so it is for a worker thread.
 * Convention: limits first: size, then depth; `NaN` and `Infinity`, which are no JSON and which Python writes all the
 * same, become empty texts, so that only what they stand in is refused later.
 */
import { readFile, stat } from 'node:fs/promises';
import { AnnotationError } from './annotation-file.ts';

/** V8 holds no longer text. */
const mostBytes = 512_000_000;
/** COCO needs six levels, labelme five. */
const deepest = 64;

/**
 * @param name how to call the file in messages
 * @throws AnnotationError annotations-not-readable, annotations-too-large, annotations-not-json, annotations-too-deep
 */
export async function readJson(path: string, name: string): Promise<unknown> {
  const stats = await stat(path).catch((error: unknown) => fail(name, reasonOf(error), error));
  if (!stats.isFile()) fail(name, 'it is no file');
  if (stats.size > mostBytes) {
    const message = `${name} has ${Math.ceil(stats.size / 1e6)} MB; ${mostBytes / 1e6} MB are the most. Divide it.`;
    throw new AnnotationError('annotations-too-large', message);
  }
  const bytes = await readFile(path).catch((error: unknown) => fail(name, reasonOf(error), error));
  mend(bytes, name);
  try {
    const start = bytes.length >= 3 && bytes.readUIntBE(0, 3) === 0xefbbbf ? 3 : 0;
    return JSON.parse(bytes.toString('utf8', start)) as unknown;
  } catch (error) {
    const message = `${name} is not JSON (${reasonOf(error)}). Export or save it again.`;
    throw new AnnotationError('annotations-not-json', message, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.length > 160 ? `${text.slice(0, 160).toWellFormed()}…` : text;
}

function fail(name: string, reason: string, cause?: unknown): never {
  throw new AnnotationError('annotations-not-readable', `${name} cannot be read: ${reason}.`, { cause });
}

const [quote, backslash] = [0x22, 0x5c] as const;
const emptyText = Buffer.from('""');
const noNumbers = ['-Infinity', 'Infinity', 'NaN'].map((word) => Buffer.from(word));

/** What a byte outside of a text may begin; 0: nothing that matters. */
const [isQuote, isOpening, isClosing, isWord] = [1, 2, 3, 4] as const;
const meanings = new Uint8Array(256);
meanings[quote] = isQuote;
for (const byte of Buffer.from('{[')) meanings[byte] = isOpening;
for (const byte of Buffer.from('}]')) meanings[byte] = isClosing;
for (const word of noNumbers) meanings[word[0]!] = isWord;

/** Measures the depth, and replaces what stands for no number, in place. */
function mend(bytes: Buffer, name: string): void {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const meaning = meanings[bytes[at]!];
    if (meaning === 0) continue;
    if (meaning === isQuote) at = endOfText(bytes, at);
    else if (meaning === isClosing) depth--;
    else if (meaning === isWord) at = withoutWord(bytes, at);
    else if (++depth > deepest) {
      const message = `${name} has lists in lists, ${deepest} deep; files of annotations do not.`;
      throw new AnnotationError('annotations-too-deep', message);
    }
  }
}

/** @returns the last byte that is dealt with */
function withoutWord(bytes: Buffer, at: number): number {
  const word = noNumbers.find((one) => one.every((letter, place) => bytes[at + place] === letter));
  if (word === undefined) return at;
  bytes.fill(0x20, at, at + word.length);
  emptyText.copy(bytes, at);
  return at + word.length - 1;
}

/** Where the text that begins here ends. */
function endOfText(bytes: Buffer, start: number): number {
  // Most texts are short names, for which a search through the library takes longer.
  const near = Math.min(bytes.length, start + 64);
  for (let at = start + 1; at < near; at++) {
    if (bytes[at] === backslash) at++;
    else if (bytes[at] === quote) return at;
  }
  for (let at = bytes.indexOf(quote, start + 1); at >= 0; at = bytes.indexOf(quote, at + 1)) {
    let before = at;
    while (bytes[before - 1] === backslash) before--;
    if ((at - before) % 2 === 0) return at;
  }
  return bytes.length;
}
