/**
 * The values of a command's options, each read as what it should be. Knows no command.
 * Convention: an option that was not given is undefined; one that cannot be read is a UsageError that names it.
 */
import { resolve } from 'node:path';
import { didYouMean } from './did-you-mean.ts';
import { UsageError } from './usage-error.ts';

interface Limits {
  readonly min?: number;
  readonly max?: number;
}

export class OptionValues {
  readonly #given: ReadonlyMap<string, readonly (string | true)[]>;

  constructor(given: ReadonlyMap<string, readonly (string | true)[]>) {
    this.#given = given;
  }

  /** Whether it was given: all there is to know of an option without a value. */
  has(name: string): boolean {
    return this.#given.has(name);
  }

  text(name: string): string | undefined {
    const value = this.#given.get(name)?.[0];
    return typeof value === 'string' ? value : undefined;
  }

  texts(name: string): readonly string[] | undefined {
    return this.#given.get(name)?.filter((value) => typeof value === 'string');
  }

  /** An absolute path, from where the user stands. */
  path(name: string): string | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : resolve(value);
  }

  /** One of some words. */
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value.toLowerCase());
    if (found !== undefined) return found;
    throw new UsageError(
      `--${name} ${value}: there is ${choices.map((choice) => `'${choice}'`).join(', ')}.${didYouMean(value, choices)}`,
    );
  }

  number(name: string, limits: Limits = {}): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : readNumber(name, value, limits);
  }

  whole(name: string, limits: Limits = {}): number | undefined {
    const value = this.number(name, limits);
    if (value === undefined || Number.isSafeInteger(value)) return value;
    throw new UsageError(`--${name} ${this.text(name) ?? ''}: give a whole number.`);
  }

  /** Numbers with commas between them. */
  wholes(name: string, count: number): number[] | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const numbers = value.split(',').map((part) => Number(part.trim() === '' ? NaN : part));
    if (numbers.length === count && numbers.every(Number.isSafeInteger)) return numbers;
    throw new UsageError(`--${name} ${value}: give ${String(count)} whole numbers with commas between them.`);
  }

  /** A share (0.7 or 70%) or a count (1400). */
  size(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!value.endsWith('%')) return readNumber(name, value, { min: 0 });
    const share = value.trim() === '%' ? NaN : Number(value.slice(0, -1));
    if (share >= 0 && share <= 100) return share / 100;
    throw new UsageError(`--${name} ${value}: give a number of images, a share such as 0.7, or 0% to 100%.`);
  }

  /** 'N' or 'WIDTHxHEIGHT'. */
  sides(name: string): number | { readonly width: number; readonly height: number } | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const [, width, height] = /^(\d+)(?:[x×](\d+))?$/i.exec(value) ?? [];
    if (width === undefined) throw new UsageError(`--${name} ${value}: give a side such as 256, or 320x256.`);
    return height === undefined ? Number(width) : { width: Number(width), height: Number(height) };
  }
}

function readNumber(name: string, value: string, { min = -Infinity, max = Infinity }: Limits): number {
  const number = value.trim() === '' ? NaN : Number(value);
  if (Number.isFinite(number) && number >= min && number <= max) return number;
  const from = min > -Infinity ? ` from ${String(min)}` : '';
  const to = max < Infinity ? ` to ${String(max)}` : from === '' ? '' : ' on';
  throw new UsageError(`--${name} ${value}: give a number${from}${to}.`);
}
