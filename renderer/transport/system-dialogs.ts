/**
 * Choosing folders and files: by the system's own dialogs where the window has them, else by our own chooser, which lists
 * folders through the engine. Convention: undefined means that nothing was chosen; paths are absolute.
 */
import { useChooser } from '../stores/shell/chooser.ts';
import { shell } from './shell.ts';

export interface SystemDialogs {
  chooseFolder(title: string): Promise<string | undefined>;
  /** @param endings lower case, with the dot */
  chooseFile(title: string, endings: readonly string[]): Promise<string | undefined>;
  /** For a file or folder that need not exist. @param name offered for it */
  chooseSavePath(title: string, name: string): Promise<string | undefined>;
}

/** A browser's own dialogs do not give paths. */
export const systemDialogs: SystemDialogs = shell ?? {
  chooseFolder: (title) => useChooser().choose({ kind: 'folder', title }),
  chooseFile: (title, endings) => useChooser().choose({ kind: 'file', title, endings }),
  chooseSavePath: (title, name) => useChooser().choose({ kind: 'save', title, name }),
};
