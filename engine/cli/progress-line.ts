/**
 * Progress for people on standard error: one line that is drawn over at a terminal, a plain line now and then elsewhere.
 * Convention: nothing of it ever reaches standard output.
 */
import type { Progress, ReportProgress } from '../contract/progress.ts';
import { formatDuration } from './format-values.ts';

const redrawMilliseconds = 100;
/** Where nobody watches it move, a line says something new, or nothing. */
const plainMilliseconds = 10_000;
const barWidth = 24;

export interface ProgressLine {
  readonly report: ReportProgress;
  /** A line for keeps, above the moving one. */
  readonly say: (text: string) => void;
  /** Wipes the moving line. */
  readonly end: () => void;
}

export function progressLine(stream: NodeJS.WriteStream, quiet: boolean): ProgressLine {
  if (quiet) return { report: () => undefined, say: () => undefined, end: () => undefined };
  return stream.isTTY ? movingLine(stream) : plainLines(stream);
}

function movingLine(stream: NodeJS.WriteStream): ProgressLine {
  let drawn = -Infinity;
  let visible = false;
  const wipe = (): void => {
    if (visible) stream.write('\r\u001b[K');
    visible = false;
  };
  return {
    report: (progress) => {
      const now = performance.now();
      if (now - drawn < redrawMilliseconds && progress.value < 1) return;
      drawn = now;
      const line = describe(progress, barOf(progress.value));
      stream.write(`\r${cut(line, (stream.columns || 80) - 1)}\u001b[K`);
      visible = true;
    },
    say: (text) => {
      wipe();
      stream.write(`${text}\n`);
    },
    end: wipe,
  };
}

function plainLines(stream: NodeJS.WriteStream): ProgressLine {
  const last = new Map<string, { readonly at: number; readonly value: number }>();
  return {
    report: (progress) => {
      const before = last.get(progress.kind);
      const now = performance.now();
      const finished = progress.value >= 1 && (before?.value ?? 0) < 1 && (progress.total ?? 1) > 0;
      if (!finished && now - (before?.at ?? now) < plainMilliseconds) {
        last.set(progress.kind, before ?? { at: now, value: progress.value });
        return;
      }
      last.set(progress.kind, { at: now, value: progress.value });
      stream.write(`${describe(progress, `${String(Math.round(progress.value * 100))}%`)}\n`);
    },
    say: (text) => void stream.write(`${text}\n`),
    end: () => undefined,
  };
}

function describe(progress: Progress, measure: string): string {
  const parts = [progress.kind, measure];
  if (progress.done !== undefined && progress.total !== undefined) {
    parts.push(`${String(progress.done)}/${String(progress.total)}`);
  }
  if (progress.text !== undefined) parts.push(progress.text);
  if (progress.secondsLeft !== undefined && progress.value < 1) {
    parts.push(`${formatDuration(progress.secondsLeft)} to go`);
  }
  return parts.join('  ');
}

function barOf(value: number): string {
  const full = Math.round(Math.min(1, Math.max(0, value)) * barWidth);
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${String(Math.floor(value * 100)).padStart(3)}%`;
}

/** Wide characters take two columns; a line that wraps cannot be drawn over. */
function cut(text: string, columns: number): string {
  let width = 0;
  let result = '';
  for (const character of text) {
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
      character,
    )
      ? 2
      : 1;
    if (width > columns) break;
    result += character;
  }
  return result;
}
