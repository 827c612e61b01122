/**
 * Remembers which files in an output folder an export wrote, and from what, so that it never overwrites another's file
 * and goes on where it stopped. Convention: `.mambrush-export.jsonl`, one JSON object a line, only appended to; a file's
 * line is written before the file has its name, so any content ever noted for a name is ours; a torn last line is ignored.
 */
import { appendFile, lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { emplace } from '../masks/match-masks.ts';
import { journalName } from '../masks/scan-folder.ts';
import { sha256OfFile } from '../images/hash-file.ts';

const lineSchema = z.object({
  /** Relative to the output folder, with `/`. */
  file: z.string(),
  /** What the content follows from; the same origin gives the same content. */
  origin: z.string(),
  sha256: z.string(),
});
type JournalLine = z.infer<typeof lineSchema>;

/**
 * 'absent', 'current' (ours, of this origin), 'outdated' (ours, of another), 'foreign' (another's, or changed since),
 * 'folder' (no file at all).
 */
type FileStanding = 'absent' | 'current' | 'outdated' | 'foreign' | 'folder';

export class ExportJournal {
  readonly #folder: string;
  readonly #lines = new Map<string, JournalLine[]>();
  #endsTorn: boolean;

  private constructor(folder: string, text: string) {
    this.#folder = folder;
    this.#endsTorn = text !== '' && !text.endsWith('\n');
    for (const line of text.split('\n')) {
      const parsed = lineSchema.safeParse(parseLine(line));
      if (parsed.success) this.#remember(parsed.data);
    }
  }

  static async open(folder: string): Promise<ExportJournal> {
    const text = await readFile(join(folder, journalName), 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
      throw error;
    });
    return new ExportJournal(folder, text);
  }

  /**
   * How the file in the folder stands to what the export would write from `origin`.
   * @throws the file system's ENAMETOOLONG, for no such file can ever be written
   */
  async standing(file: string, origin: string): Promise<FileStanding> {
    const path = join(this.#folder, file);
    let content: string;
    try {
      const found = await lstat(path);
      // A link or a pipe is not one of ours, and reading a pipe might never end.
      if (!found.isFile()) return found.isDirectory() ? 'folder' : 'foreign';
      content = await sha256OfFile(path);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENAMETOOLONG') throw error;
      return code === 'ENOENT' ? 'absent' : 'foreign';
    }
    const ours = this.#lines.get(file)?.filter((line) => line.sha256 === content) ?? [];
    if (ours.length === 0) return 'foreign';
    return ours.some((line) => line.origin === origin) ? 'current' : 'outdated';
  }

  async note(file: string, origin: string, temporary: string): Promise<void> {
    const line: JournalLine = { file, origin, sha256: await sha256OfFile(temporary) };
    await appendFile(join(this.#folder, journalName), `${this.#endsTorn ? '\n' : ''}${JSON.stringify(line)}\n`);
    this.#endsTorn = false;
    this.#remember(line);
  }

  #remember(line: JournalLine): void {
    emplace(this.#lines, line.file, () => []).push(line);
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
