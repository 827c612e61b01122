/** Imports a folder until it is killed, for `import-folder.test.ts`: a line for every file that is done. */
import { importFolder } from '../../../engine/dataset/import/import-folder.ts';
import { openProject } from '../../../engine/store/project-store.ts';

const store = openProject(process.argv[2]!, { create: true });
await importFolder(store, {}, { onProgress: ({ done = 0 }) => process.stdout.write(`${done}\n`) });
store.close();
