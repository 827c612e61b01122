/**
 * What the shell remembers from one start to the next: the window's bounds, and the preferences that its menu needs before
 * the window has sent them. Convention: a file that is damaged or of another form counts as none.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { shellPreferences } from '../engine/contract/shell.ts';
import type { ShellPreferences } from '../engine/contract/shell.ts';
import { replaceFile } from '../engine/replace-file.ts';
import type { WindowBounds } from './window-bounds.ts';

export class ShellMemory {
  readonly #file: string;
  #bounds: WindowBounds | undefined;
  #preferences: ShellPreferences;

  /** @param usual where nothing is remembered */
  constructor(file: string, usual: ShellPreferences) {
    this.#file = file;
    const stored = readStored(file);
    this.#bounds = checkedBounds(stored['place']);
    const preferences = shellPreferences.safeParse(stored['preferences']);
    this.#preferences = preferences.success ? preferences.data : usual;
  }

  get bounds(): WindowBounds | undefined {
    return this.#bounds;
  }

  set bounds(bounds: WindowBounds | undefined) {
    this.#bounds = bounds;
    this.#write();
  }

  get preferences(): ShellPreferences {
    return this.#preferences;
  }

  set preferences(preferences: ShellPreferences) {
    this.#preferences = preferences;
    this.#write();
  }

  #write(): void {
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      replaceFile(this.#file, JSON.stringify({ place: this.#bounds, preferences: this.#preferences }));
    } catch {
      // On a full disk the window opens where it usually does.
    }
  }
}

function readStored(file: string): Readonly<Record<string, unknown>> {
  try {
    const stored: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof stored === 'object' && stored !== null ? { ...stored } : {};
  } catch {
    return {};
  }
}

function checkedBounds(value: unknown): WindowBounds | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { x, y, width, height, isMaximized } = value as Readonly<Record<string, unknown>>;
  if (![x, y, width, height].every((number) => Number.isInteger(number))) return undefined;
  return { x, y, width, height, isMaximized: isMaximized === true } as WindowBounds;
}
