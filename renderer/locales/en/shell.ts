/** The frame of the window: bar, notices, tasks, settings. */
export const shell = {
  name: 'Mambrush',
  views: { annotate: 'Annotate', gallery: 'Gallery', train: 'Train', review: 'Review' },
  project: { close: 'Close project', none: 'No project open', export: 'Export…', import: 'Import masks…' },
  save: {
    saved: 'Saved',
    saving: 'Saving…',
    failed: 'Not saved',
    failedHint: '{count} change is not on the disk yet: {reason} | {count} changes are not on the disk yet: {reason}',
    retry: 'Try again',
  },
  connection: {
    connecting: 'Connecting to the engine…',
    lost: 'The engine does not answer. Reconnecting… What you released is kept.',
    restarted: 'The engine was started again. Nothing that you released is lost.',
  },
  tasks: {
    title: 'At work',
    none: 'Nothing at work',
    cancel: 'Cancel',
    left: '{time} to go',
    failed: 'Failed',
    done: 'Done',
  },
  thisFile: 'this file',
  notices: { title: 'Notices', dismiss: 'Dismiss', undo: 'Undo' },
  settings: {
    title: 'Settings',
    language: 'Language',
    theme: 'Appearance',
    themes: { system: 'As the system', dark: 'Dark', light: 'Light' },
    keys: 'Keys',
  },
  states: { unlabelled: 'Unlabelled', 'in-progress': 'In progress', done: 'Done' },
  parts: { train: 'Training', val: 'Validation', test: 'Test' },
  dialog: { close: 'Close', cancel: 'Cancel', ok: 'OK', choose: 'Choose' },
  time: { seconds: '{n} s', minutes: '{m} min {s} s', hours: '{h} h {m} min' },
};
