/**
 * The shell's end of the bridge: what the window may ask. Convention: only the main frame of our own page is answered, and
 * only requests of the contract; everything else is ignored or refused.
 */
import { ipcMain } from 'electron';
import type { IpcMainEvent, IpcMainInvokeEvent, MessagePortMain, WebContents } from 'electron';
import { dialogRequest, shellPreferences } from '../../engine/contract/shell.ts';
import type { DialogRequest, PortNotice, ShellCommand, ShellPreferences } from '../../engine/contract/shell.ts';
import { isOurPage } from '../page-address.ts';
import { channels } from './channels.ts';

export interface WindowAnswers {
  readonly connectEngine: (window: WebContents) => void;
  readonly preferences: (preferences: ShellPreferences) => void;
  readonly choose: (request: DialogRequest) => Promise<string | undefined>;
}

export function answerWindow(answers: WindowAnswers): void {
  ipcMain.on(channels.connectEngine, (event) => {
    if (isOurs(event)) answers.connectEngine(event.sender);
  });
  ipcMain.on(channels.preferences, (event, sent: unknown) => {
    const preferences = shellPreferences.safeParse(sent);
    if (isOurs(event) && preferences.success) answers.preferences(preferences.data);
  });
  ipcMain.handle(channels.choose, async (event, asked: unknown) => {
    const request = dialogRequest.safeParse(asked);
    if (!isOurs(event) || !request.success) throw new Error('refused');
    return answers.choose(request.data);
  });
}

function isOurs({ senderFrame }: IpcMainEvent | IpcMainInvokeEvent): boolean {
  // A frame that is gone by now is null; one inside of a page has a parent.
  return senderFrame !== null && senderFrame.parent === null && isOurPage(senderFrame.url);
}

export function sendCommand(window: WebContents, command: ShellCommand): void {
  window.send(channels.command, command);
}

export function sendNotice(window: WebContents, notice: PortNotice, port?: MessagePortMain): void {
  // The window may be gone by now.
  if (!window.isDestroyed()) window.postMessage(channels.notice, notice, port === undefined ? [] : [port]);
}
