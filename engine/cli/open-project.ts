/**
 * Opens the project of the folder that a command names. Convention: a folder that is no project yet is answered with the
 * command that makes it one.
 */
import { resolve } from 'node:path';
import { MambrushError } from '../contract/error.ts';
import type { ProjectInfo } from '../contract/project.ts';
import type { EngineClient } from '../contract/requests.ts';
import { shellWord } from './format-values.ts';
import { invocation } from './help.ts';

export async function openProject(client: EngineClient, folder: string): Promise<ProjectInfo> {
  const path = resolve(folder);
  try {
    return await client.request('project.open', { folder: path });
  } catch (error) {
    // Another path is that of a file inside which is not ours.
    const isNoneYet = error instanceof MambrushError && error.code === 'not-a-project' && error.path === path;
    if (!isNoneYet) throw error;
    const message = `${folder} is not a project yet. First import its images: ${invocation} import ${shellWord(folder)}`;
    throw new MambrushError(error.code, message, { path, cause: error });
  }
}
