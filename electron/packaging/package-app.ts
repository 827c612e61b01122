/**
 * `npm run package`: the installers of this system, in `dist`; with `-- --dir` the unpacked application alone.
 * Convention: Electron is not downloaded without being asked for.
 */
import { fileURLToPath } from 'node:url';
import { buildApp } from './build-app.ts';
import { findElectron } from './find-electron.ts';
import { makePackage } from './make-package.ts';

const electron = findElectron();
if (electron === undefined) {
  process.stderr.write('mambrush: Electron itself is not here. Fetch it with: npx install-electron\n');
  process.exitCode = 1;
} else {
  const made = await makePackage({
    app: await buildApp(),
    electronFolder: electron.folder,
    output: fileURLToPath(new URL('../../dist/', import.meta.url)),
    dir: process.argv.includes('--dir'),
  });
  process.stdout.write(made.map((file) => `${file}\n`).join(''));
}
