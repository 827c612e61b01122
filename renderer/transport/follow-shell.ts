/**
 * Runs the commands of the shell's menu, and sends the shell what its menu has to know. Does nothing in a browser.
 * Convention: like a key, a menu command does nothing while a dialog is open.
 */
import { watch } from 'vue';
import { allCommands } from '../commands/catalogue.ts';
import { systemLanguage } from '../locales/i18n.ts';
import { useCommands } from '../stores/shell/commands.ts';
import { useOpening } from '../stores/project/opening.ts';
import { usePreferences } from '../stores/shell/preferences.ts';
import { shell } from './shell.ts';

export function followShell(): void {
  if (shell === undefined) return;
  const { onCommand, sendPreferences } = shell;
  const preferences = usePreferences();
  const commands = useCommands();
  const opening = useOpening();
  onCommand((wanted) => {
    if (document.querySelector('dialog:modal') !== null) return;
    if (wanted.kind === 'open') void opening.openFolder(wanted.folder);
    else {
      const command = allCommands.find((id) => id === wanted.command);
      if (command !== undefined) commands.run(command);
    }
  });
  watch(
    () => preferences.values,
    ({ language = systemLanguage(), keys = {}, recent = [] }) => {
      const changed = Object.entries(keys).map(([command, names]): [string, string[]] => [command, [...names]]);
      sendPreferences({
        language,
        keys: Object.fromEntries(changed),
        recent: recent.map(({ folder }) => folder),
      });
    },
    { immediate: true },
  );
}
