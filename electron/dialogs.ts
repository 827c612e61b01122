/**
 * The system's dialogs. Convention: undefined means that nothing was chosen; paths are absolute.
 */
import { dialog } from 'electron';
import type { BrowserWindow } from 'electron';
import type { DialogRequest } from '../engine/contract/shell.ts';
import type { Words } from './words.ts';

export async function choosePath(window: BrowserWindow, request: DialogRequest): Promise<string | undefined> {
  const { title } = request;
  if (request.kind === 'save') {
    const { canceled, filePath } = await dialog.showSaveDialog(window, { title, defaultPath: request.name });
    return canceled || filePath === '' ? undefined : filePath;
  }
  const { canceled, filePaths } = await dialog.showOpenDialog(
    window,
    request.kind === 'folder'
      ? { title, properties: ['openDirectory', 'createDirectory'] }
      : { title, properties: ['openFile'], filters: [filterOf(request.endings)] },
  );
  return canceled ? undefined : filePaths[0];
}

function filterOf(endings: readonly string[]): { name: string; extensions: string[] } {
  return { name: endings.join(', '), extensions: endings.map((ending) => ending.slice(1)) };
}

/** What to do with a run that trains while the window is to close. */
export async function askAboutTraining(
  window: BrowserWindow | undefined,
  words: Words,
): Promise<'train-on' | 'stop' | 'cancel'> {
  const answer = await ask(window, {
    type: 'question',
    message: words.training,
    detail: words.trainingDetail,
    buttons: [words.trainOn, words.stop, words.cancel],
    defaultId: 0,
    cancelId: 2,
  });
  return (['train-on', 'stop', 'cancel'] as const)[answer] ?? 'cancel';
}

/** @returns whether it is to be tried again */
export async function askAfterDeaths(
  window: BrowserWindow | undefined,
  { message, detail, again, quit }: Readonly<Record<'message' | 'detail' | 'again' | 'quit', string>>,
): Promise<boolean> {
  return (
    (await ask(window, { type: 'error', message, detail, buttons: [again, quit], defaultId: 0, cancelId: 1 })) === 0
  );
}

async function ask(window: BrowserWindow | undefined, options: Electron.MessageBoxOptions): Promise<number> {
  const shown = { title: 'Mambrush', noLink: true, ...options };
  const { response } =
    window === undefined ? await dialog.showMessageBox(shown) : await dialog.showMessageBox(window, shown);
  return response;
}
