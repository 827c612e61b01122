/**
 * Keys of the window's catalogue as a menu shows them. Convention: the window itself listens to its keys, so that it may
 * tell typing from painting; the menu only shows them, and where a system cannot do that, the name says it instead.
 */
const named: ReadonlySet<string> = new Set([
  'Space',
  'Tab',
  'Enter',
  'Escape',
  'Backspace',
  'Delete',
  'Insert',
  'Home',
  'End',
  'PageUp',
  'PageDown',
]);
const arrows: Readonly<Record<string, string>> = {
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
};

export interface KeySign {
  readonly accelerator?: string;
  /** To be put behind the name. */
  readonly suffix?: string;
}

export function keySign(key: string | undefined, platform: NodeJS.Platform): KeySign {
  if (key === undefined) return {};
  const accelerator = acceleratorOf(key);
  // A Mac's menu takes every key that it shows away from the page, and with it from who is typing.
  const isHarmless = platform !== 'darwin' || /^(CmdOrCtrl\+|F\d)/.test(accelerator ?? '');
  return accelerator !== undefined && isHarmless ? { accelerator } : { suffix: ` (${key})` };
}

/** Undefined for what a menu has no name for. */
function acceleratorOf(key: string): string | undefined {
  const [, modifiers = '', base = ''] = /^((?:Ctrl\+|Alt\+|Shift\+)*)(.+)$/s.exec(key) ?? [];
  const name =
    base === '+'
      ? 'Plus'
      : (arrows[base] ?? (/^(F\d{1,2}|[\x21-\x7e])$/.test(base) || named.has(base) ? base : undefined));
  return name === undefined ? undefined : modifiers.replace('Ctrl+', 'CmdOrCtrl+') + name;
}
