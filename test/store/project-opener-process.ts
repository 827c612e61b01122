/**
 * A process of its own that opens a project and keeps it open: `node project-opener-process.ts FOLDER`. Not a test.
 * Convention: prints `open`, or the code of the error; ends when its standard input does.
 */
import { openProject } from '../../engine/store/project-store.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: project-opener-process.ts FOLDER');
try {
  const store = openProject(folder);
  process.stdin.resume().on('end', () => store.close());
  console.log('open');
} catch (error) {
  console.log((error as { code?: string }).code ?? String(error));
}
