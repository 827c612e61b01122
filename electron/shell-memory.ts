/**
 * What the shell remembers: where its window was, and what its menu has to know before the window has told it. Nobody's
 * work. Convention: a file that is damaged or of another form is as good as none.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { shellPreferences } from '../engine/contract/shell.ts';
import type { ShellPreferences } from '../engine/contract/shell.ts';
import { replaceFile } from '../engine/replace-file.ts';
import type { WindowPlace } from './window-place.ts';

export class ShellMemory {
  readonly #file: string;
  #place: WindowPlace | undefined;
  #preferences: ShellPreferences;

  /** @param usual where nothing is remembered */
  constructor(file: string, usual: ShellPreferences) {
    this.#file = file;
    const stored = readStored(file);
    this.#place = checkedPlace(stored['place']);
    const preferences = shellPreferences.safeParse(stored['preferences']);
    this.#preferences = preferences.success ? preferences.data : usual;
  }

  get place(): WindowPlace | undefined {
    return this.#place;
  }

  set place(place: WindowPlace | undefined) {
    this.#place = place;
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
      replaceFile(this.#file, JSON.stringify({ place: this.#place, preferences: this.#preferences }));
    } catch {
      // On a full disk the window opens at its usual place the next time.
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

function checkedPlace(value: unknown): WindowPlace | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { x, y, width, height, isMaximized } = value as Readonly<Record<string, unknown>>;
  if (![x, y, width, height].every((number) => Number.isInteger(number))) return undefined;
  return { x, y, width, height, isMaximized: isMaximized === true } as WindowPlace;
}
