/**
 * Registers what a command does, as long as a component lives. Convention: the latest registered handler that is enabled
 * runs.
 */
import { onBeforeUnmount } from 'vue';
import { useCommands } from '../stores/shell/commands.ts';
import type { CommandHandler } from '../stores/shell/commands.ts';
import type { CommandId } from './catalogue.ts';

export function useCommand(id: CommandId, run: CommandHandler['run'], enabled?: () => boolean): void {
  const end = useCommands().handle(id, { run, enabled: enabled ?? (() => true) });
  onBeforeUnmount(end);
}
