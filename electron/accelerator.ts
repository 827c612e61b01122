/**
 * Keys of the window's commands as a menu shows them. Convention: the window itself handles its keys, because it has to
 * tell typing from painting; the menu only shows them, behind the command's name where the system cannot do better.
 */
const named = /^(F\d{1,2}|[\x21-\x7e]|Space|Tab|Enter|Escape|Backspace|Delete|Insert|Home|End|PageUp|PageDown)$/;
const arrows: Readonly<Record<string, string>> = {
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
};

export interface KeyLabel {
  readonly accelerator?: string;
  /** To be put behind the name. */
  readonly suffix?: string;
}

export function keyLabel(key: string | undefined, platform: NodeJS.Platform): KeyLabel {
  if (key === undefined) return {};
  const accelerator = acceleratorOf(key);
  // A Mac's menu takes every key that it shows away from the page, and with it from who is typing.
  const isHarmless = platform !== 'darwin' || /^(CmdOrCtrl\+|F\d)/.test(accelerator ?? '');
  return accelerator !== undefined && isHarmless ? { accelerator } : { suffix: ` (${key})` };
}

/** Undefined for what a menu has no name for. */
function acceleratorOf(key: string): string | undefined {
  const [, modifiers = '', base = ''] = /^((?:Ctrl\+|Alt\+|Shift\+)*)(.+)$/s.exec(key) ?? [];
  const name = base === '+' ? 'Plus' : (arrows[base] ?? (named.test(base) ? base : undefined));
  return name === undefined ? undefined : modifiers.replace('Ctrl+', 'CmdOrCtrl+') + name;
}
