/**
 * Reads a JSON file that may come from anywhere. Judges nothing that stands in it. Blocks, so it is for a worker thread.
 * Convention: limits first: size, then depth; `NaN` and `Infinity`, which are no JSON and which Python writes all the
 * same, become empty texts, so that only what they stand in is refused later.
 */
import { readFile, stat } from 'node:fs/promises';
import { AnnotationError } from './annotation-file.ts';

export interface JsonLimits {
  readonly bytes: number;
  /** Lists and objects within each other: COCO needs six levels, labelme five. */
  readonly depth: number;
  /** All lists and objects together. */
  readonly containers: number;
  readonly values: number;
}

/**
 * V8 holds no text of more bytes, and ends the whole process at a list of 2^27 values. COCO's own largest file, of 118,287
 * images, has 470 MB, some four million lists and objects and forty million values.
 */
const usualLimits: JsonLimits = { bytes: 512_000_000, depth: 64, containers: 20_000_000, values: 100_000_000 };

/**
 * @param name how to call the file in messages
 * @throws AnnotationError annotations-not-readable, annotations-too-large, annotations-not-json, annotations-too-deep
 */
export async function readJson(path: string, name: string, limits: JsonLimits = usualLimits): Promise<unknown> {
  const stats = await stat(path).catch((error: unknown) => fail(name, reasonOf(error), error));
  if (!stats.isFile()) fail(name, 'it is no file');
  if (stats.size > limits.bytes) {
    const message = `${name} has ${Math.ceil(stats.size / 1e6)} MB; ${limits.bytes / 1e6} MB are the most. Divide it.`;
    throw new AnnotationError('annotations-too-large', message);
  }
  const bytes = await readFile(path).catch((error: unknown) => fail(name, reasonOf(error), error));
  mend(bytes, name, limits);
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
const [isQuote, isOpening, isClosing, isComma, isWord] = [1, 2, 3, 4, 5] as const;
const meanings = new Uint8Array(256);
meanings[quote] = isQuote;
for (const byte of Buffer.from('{[')) meanings[byte] = isOpening;
for (const byte of Buffer.from('}]')) meanings[byte] = isClosing;
meanings[0x2c] = isComma;
for (const word of noNumbers) meanings[word[0]!] = isWord;

/** Measures what a parser would make of it, and replaces what stands for no number, in place. */
function mend(bytes: Buffer, name: string, limits: JsonLimits): void {
  let depth = 0;
  let deepest = 0;
  let containers = 0;
  let commas = 0;
  for (let at = 0; at < bytes.length && deepest <= limits.depth; at++) {
    const meaning = meanings[bytes[at]!];
    if (meaning === 0) continue;
    if (meaning === isComma) commas++;
    else if (meaning === isQuote) at = endOfText(bytes, at);
    else if (meaning === isClosing) depth--;
    else if (meaning === isWord) at = withoutWord(bytes, at);
    else {
      containers++;
      depth++;
      if (depth > deepest) deepest = depth;
    }
  }
  if (deepest > limits.depth) {
    const message = `${name} has lists in lists, ${limits.depth} deep; files of annotations do not.`;
    throw new AnnotationError('annotations-too-deep', message);
  }
  // Every container may hold one value without a comma.
  if (containers > limits.containers || commas + containers > limits.values + limits.containers) {
    const message = `${name} holds more values than fit into memory. Divide it.`;
    throw new AnnotationError('annotations-too-large', message);
  }
}

/** @returns the last byte that is dealt with */
function withoutWord(bytes: Buffer, at: number): number {
  const word = noNumbers.find((one) => one.every((letter, offset) => bytes[at + offset] === letter));
  if (word === undefined) return at;
  bytes.fill(0x20, at, at + word.length);
  emptyText.copy(bytes, at);
  return at + word.length - 1;
}

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
