/**
 * Choosing folders and files: by the system's own dialogs where the window has them, else by our own chooser, which the
 * engine tells what there is. Convention: undefined means that nothing was chosen; paths are absolute.
 */
import { useChooser } from '../stores/shell/chooser.ts';
import { shell } from './shell.ts';

export interface SystemDialogs {
  chooseFolder(title: string): Promise<string | undefined>;
  /** @param endings lower case, with the dot */
  chooseFile(title: string, endings: readonly string[]): Promise<string | undefined>;
  /** A place for what is to be written: need not exist. @param name offered for it */
  chooseSavePath(title: string, name: string): Promise<string | undefined>;
}

/** A served page has no dialogs of the system that tell a path. */
export const systemDialogs: SystemDialogs = shell ?? {
  chooseFolder: (title) => useChooser().choose({ kind: 'folder', title }),
  chooseFile: (title, endings) => useChooser().choose({ kind: 'file', title, endings }),
  chooseSavePath: (title, name) => useChooser().choose({ kind: 'save', title, name }),
};
