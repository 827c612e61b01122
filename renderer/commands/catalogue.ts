/**
 * Every command of the window with its default keys, for menus, buttons, the list of shortcuts and their rebinding. Not
 * what a command does: the view that can do it registers it (`use-command.ts`). Convention: keys as `key-names.ts` writes
 * them, such as 'Ctrl+Shift+Z'; Ctrl is Cmd on a Mac.
 */
import { selectableTools } from '../canvas/tools/registry.ts';
import type { ToolCommand } from '../canvas/tools/registry.ts';

const toolCommands = Object.assign(
  {},
  ...Object.values(selectableTools).map(({ command, key }) => ({ [command]: [key] })),
) as Readonly<Record<ToolCommand, readonly [string]>>;

export const commandGroups = {
  window: {
    'window.annotate': ['F1'],
    'window.gallery': ['F2'],
    'window.train': ['F3'],
    'window.review': ['F4'],
    'window.export': ['Ctrl+E'],
    'window.keys': ['?'],
    'window.settings': ['Ctrl+,'],
  },
  tools: {
    ...toolCommands,
    'brush.larger': [']'],
    'brush.smaller': ['['],
  },
  edit: {
    'edit.undo': ['Ctrl+Z'],
    'edit.redo': ['Ctrl+Shift+Z', 'Ctrl+Y'],
    'image.done': ['Ctrl+Enter'],
    'proposal.accept': ['Enter'],
    'proposal.reject': ['Delete'],
  },
  view: {
    'look.fit': ['0'],
    'look.actual': ['Ctrl+1'],
    'look.larger': ['+', '='],
    'look.smaller': ['-'],
    'look.hide': ['V'],
    'look.outlines': ['Shift+V'],
    'look.more-opaque': ['.'],
    'look.less-opaque': [','],
    'look.reset-contrast': ['K'],
  },
  images: {
    'image.next': ['D'],
    'image.previous': ['A'],
    'image.next-unlabelled': ['Shift+D'],
  },
  classes: {
    'class.1': ['1'],
    'class.2': ['2'],
    'class.3': ['3'],
    'class.4': ['4'],
    'class.5': ['5'],
    'class.6': ['6'],
    'class.7': ['7'],
    'class.8': ['8'],
    'class.9': ['9'],
    'class.background': ['Q'],
    'class.unlabelled': ['U'],
  },
  training: { 'train.start': ['Ctrl+T'] },
} as const;

export type CommandGroup = keyof typeof commandGroups;
type InGroup<Group> = Group extends Group ? keyof Group : never;
export type CommandId = InGroup<(typeof commandGroups)[CommandGroup]>;

export type Bindings = Readonly<Record<CommandId, readonly string[]>>;

export const defaultBindings = Object.assign({}, ...Object.values(commandGroups)) as Bindings;
export const allCommands = Object.keys(defaultBindings) as readonly CommandId[];
