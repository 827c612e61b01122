/**
 * What a window remembers, for a person and for a project; and folders to choose from. Convention: kept as it comes, in
 * JSON files that are replaced whole; what is damaged is empty, since none of it is a person's work.
 */
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MambrushError } from '../../contract/error.ts';
import { jsonObject } from '../../contract/values.ts';
import type { JsonObject } from '../../contract/values.ts';
import { formatOfEnding } from '../../dataset/images/formats/formats.ts';
import { writeError } from '../../write-error.ts';
import { replaceFile } from '../../replace-file.ts';
import { isProject } from '../../store/project-store.ts';
import type { Verb } from '../engine-context.ts';

const sampleFolder = fileURLToPath(new URL('../../../resources/sample/', import.meta.url));

/** Where the system keeps such things; MAMBRUSH_HOME names another place. */
function homeFolder(): string {
  const { env, platform } = process;
  if (env['MAMBRUSH_HOME'] !== undefined) return env['MAMBRUSH_HOME'];
  if (platform === 'win32') return join(env['APPDATA'] ?? homedir(), 'Mambrush');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Mambrush');
  return join(env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'mambrush');
}

function read(file: string): JsonObject {
  try {
    return jsonObject.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}

function write(file: string, values: JsonObject): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    replaceFile(file, `${JSON.stringify({ ...read(file), ...values }, undefined, 2)}\n`);
  } catch (error) {
    throw writeError(error, file, 'Your labels are not affected.');
  }
}

const preferencesFile = (): string => join(homeFolder(), 'preferences.json');
const viewFile = (folder: string): string => join(folder, '.mambrush', 'view.json');

export const preferencesRead: Verb<'preferences.read'> = () => ({ values: read(preferencesFile()) });

export const preferencesWrite: Verb<'preferences.write'> = (_context, { values }) => {
  write(preferencesFile(), values);
  return {};
};

export const viewRead: Verb<'view.read'> = ({ projects }, { project }) => ({
  values: read(viewFile(projects.get(project).folder)),
});

export const viewWrite: Verb<'view.write'> = ({ projects }, { project, values }) => {
  write(viewFile(projects.get(project).folder), values);
  return {};
};

export const foldersList: Verb<'folders.list'> = async (_context, { folder: wanted, endings = [] }) => {
  const folder = resolve(wanted ?? homedir());
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new MambrushError('folder-missing', `The folder ${folder} cannot be read. Choose another.`, {
      path: folder,
      cause,
    });
  });
  const visible = entries.filter(({ name }) => !name.startsWith('.'));
  const folders: { name: string; path: string; isProject: boolean }[] = [];
  for (const entry of visible) {
    const path = join(folder, entry.name);
    const isFolder =
      entry.isDirectory() ||
      (entry.isSymbolicLink() && (await stat(path).catch(() => undefined))?.isDirectory() === true);
    if (isFolder) folders.push({ name: entry.name, path, isProject: isProject(path) });
  }
  const files: { name: string; path: string; bytes: number }[] = [];
  for (const { name } of visible.filter((entry) => endings.includes(extname(entry.name).toLowerCase()))) {
    const path = join(folder, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isFile() === true) files.push({ name, path, bytes: stats.size });
  }
  folders.sort(byName);
  files.sort(byName);
  const images = visible.filter((entry) => entry.isFile() && formatOfEnding(extname(entry.name)) !== undefined).length;
  const parent = dirname(folder);
  return { folder, parent: parent === folder ? null : parent, folders, files, images };
};

const names = new Intl.Collator('en', { numeric: true });
const byName = (a: { readonly name: string }, b: { readonly name: string }): number => names.compare(a.name, b.name);

export const sampleCreate: Verb<'sample.create'> = (_context, { parent }) => {
  const target = resolve(parent ?? join(homedir(), 'Mambrush'));
  for (let number = 1; ; number++) {
    const folder = join(target, number === 1 ? 'sample' : `sample ${number}`);
    if (existsSync(folder)) continue;
    try {
      mkdirSync(target, { recursive: true });
      cpSync(sampleFolder, folder, { recursive: true });
    } catch (error) {
      throw writeError(error, folder, 'Choose another place for the sample.');
    }
    return { folder };
  }
};
