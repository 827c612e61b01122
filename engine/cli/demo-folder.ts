/**
 * The folder that the demo works in: made anew each time, and nothing in it is lost that the demo did not make. Convention:
 * a seal, written when the demo ends, says what it left; a folder that differs from its seal is set aside, not deleted.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { MambrushError } from '../contract/error.ts';

const seal = '.made-by-mambrush-demo';

/**
 * An empty folder with the sample in `photos`.
 * @returns where a former demo went that somebody has worked on since
 * @throws MambrushError 'demo-folder-taken' for a folder that no demo made
 */
export function makeDemoFolder(folder: string, sample: string): { readonly setAside?: string } {
  let setAside: string | undefined;
  if (existsSync(folder) && !isEmpty(folder)) {
    if (!existsSync(join(folder, seal))) {
      throw new MambrushError(
        'demo-folder-taken',
        `${folder} is there already and was not made by the demo. Move it, or name another folder with --output.`,
        { path: folder },
      );
    }
    if (readFileSync(join(folder, seal), 'utf8') === contentOf(folder)) rmSync(folder, { recursive: true });
    else renameSync(folder, (setAside = freeName(folder)));
  }
  mkdirSync(folder, { recursive: true });
  // A demo that breaks off is set aside too: who knows what somebody does with it.
  writeFileSync(join(folder, seal), 'not finished\n');
  cpSync(sample, join(folder, 'photos'), { recursive: true });
  return setAside === undefined ? {} : { setAside };
}

/** Says that all in the folder is the demo's. The project must be closed. */
export function sealDemoFolder(folder: string): void {
  writeFileSync(join(folder, seal), contentOf(folder));
}

function isEmpty(folder: string): boolean {
  return statSync(folder).isDirectory() && readdirSync(folder).length === 0;
}

/** Every file with its size and time: whoever paints, adds or changes anything changes this. */
function contentOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const lines = files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => path !== join(folder, seal))
    .map((path) => {
      const { size, mtimeMs } = statSync(path);
      return `${path.slice(folder.length + 1)} ${size} ${mtimeMs}`;
    });
  return `${lines.sort().join('\n')}\n`;
}

function freeName(folder: string): string {
  for (let n = 1; ; n++) if (!existsSync(`${folder}-${n}`)) return `${folder}-${n}`;
}
