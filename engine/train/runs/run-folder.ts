/**
 * The files of one run: `spec.json`, `metrics.jsonl` (one line per epoch), `latest.safetensors` (to go on from),
 * `best.safetensors` (to predict with), `log.txt`. Not what is in the checkpoints (`run-checkpoint.ts`).
 * Convention: every file is whole at any moment or, where lines are added, up to its last whole line.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { writeError } from '../../write-error.ts';
import { replaceFile } from '../../replace-file.ts';
import type { EpochMetrics } from '../../store/types.ts';
import { parseRunSpec } from './run-spec.ts';
import type { RunSpec } from './run-spec.ts';
import { TrainingError } from '../train-error.ts';

export class RunFolder {
  readonly path: string;
  readonly specFile: string;
  readonly metricsFile: string;
  readonly latestFile: string;
  readonly bestFile: string;
  readonly logFile: string;

  constructor(path: string) {
    this.path = path;
    this.specFile = join(path, 'spec.json');
    this.metricsFile = join(path, 'metrics.jsonl');
    this.latestFile = join(path, 'latest.safetensors');
    this.bestFile = join(path, 'best.safetensors');
    this.logFile = join(path, 'log.txt');
  }

  /**
   * Begins a run here. The folder may exist, but not hold a run.
   * @throws TrainingError 'run-exists'; WriteError
   */
  create(spec: RunSpec): void {
    if (existsSync(this.specFile)) {
      throw new TrainingError(
        'run-exists',
        `${this.path} already holds a run. Resume it, or choose another folder for the new one.`,
        { path: this.path },
      );
    }
    this.#writing(this.path, () => mkdirSync(this.path, { recursive: true }));
    this.writeSpec(spec);
  }

  writeSpec(spec: RunSpec): void {
    this.#writing(this.specFile, () => replaceFile(this.specFile, `${JSON.stringify(spec, undefined, 2)}\n`));
  }

  /** @throws TrainingError 'run-missing', 'run-damaged', 'training-settings' */
  readSpec(): RunSpec {
    let text: string;
    try {
      text = readFileSync(this.specFile, 'utf8');
    } catch (cause) {
      throw new TrainingError('run-missing', `There is no run in ${this.path}. Choose the folder of a run.`, {
        path: this.path,
        cause,
      });
    }
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      throw new TrainingError(
        'run-damaged',
        `${this.specFile} is damaged. Start a new run; its checkpoints, if any, can be its warm start.`,
        { path: this.specFile, cause },
      );
    }
    return parseRunSpec(json, this.specFile);
  }

  get hasLatest(): boolean {
    return existsSync(this.latestFile);
  }

  /** Adds an epoch's line; it is on the disk when this returns. @throws WriteError */
  appendMetrics(metrics: EpochMetrics): void {
    this.#writing(this.metricsFile, () => {
      const file = openSync(this.metricsFile, 'a');
      try {
        const line = Buffer.from(`${JSON.stringify(metrics)}\n`);
        for (let done = 0; done < line.length;) done += writeSync(file, line, done);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    });
  }

  /** The epochs on record. What a crash left of a last line is dropped. */
  readMetrics(): EpochMetrics[] {
    if (!existsSync(this.metricsFile)) return [];
    const whole = readFileSync(this.metricsFile, 'utf8').split('\n').slice(0, -1);
    const epochs: EpochMetrics[] = [];
    for (const line of whole) {
      const metrics = parseLine(line);
      if (metrics === undefined) break;
      epochs.push(metrics);
    }
    return epochs;
  }

  /** Drops the epochs after `epoch`: they were not finished, whatever their line says. @throws WriteError */
  truncateMetrics(epoch: number): void {
    if (!existsSync(this.metricsFile)) return;
    const kept = this.readMetrics().filter((metrics) => metrics.epoch <= epoch);
    const text = kept.map((metrics) => `${JSON.stringify(metrics)}\n`).join('');
    this.#writing(this.metricsFile, () => replaceFile(this.metricsFile, text));
  }

  /** Adds a line with the time. Never fails a run: what cannot be logged is not. */
  log(text: string): void {
    try {
      appendFileSync(this.logFile, `${new Date().toISOString()} ${text.replaceAll('\n', ' ')}\n`);
    } catch {
      // A full disk shows at the next checkpoint, with a message of its own.
    }
  }

  #writing(path: string, write: () => void): void {
    try {
      write();
    } catch (error) {
      throw writeError(error, path, 'The run can be resumed from its latest checkpoint.');
    }
  }
}

function parseLine(line: string): EpochMetrics | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isMetrics =
      typeof value === 'object' && value !== null && 'epoch' in value && typeof value.epoch === 'number';
    return isMetrics ? (value as EpochMetrics) : undefined;
  } catch {
    return undefined;
  }
}
