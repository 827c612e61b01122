/** The frame of the window: bar, notices, tasks, settings. */
export const shell = {
  name: 'Mambrush',
  views: { annotate: 'Annotate', gallery: 'Gallery', train: 'Train', review: 'Review' },
  project: {
    close: 'Close project',
    export: 'Export…',
    gone: 'The project {name} is no longer open. What you painted since then is kept in this window until you reopen it. {reason}',
    openAgain: 'Reopen',
  },
  save: {
    saved: 'Saved',
    saving: 'Saving…',
    failed: 'Not saved',
    failedHint: '{count} change is not saved yet: {reason} | {count} changes are not saved yet: {reason}',
    retry: 'Try again',
  },
  connection: {
    connecting: 'Connecting to the engine…',
    lost: 'The engine is not responding. Reconnecting… Finished strokes are kept.',
    restarted: 'The engine was restarted. No finished strokes are lost.',
  },
  tasks: {
    title: 'Tasks',
    cancel: 'Cancel',
    left: '{time} left',
  },
  thisFile: 'this file',
  notices: { title: 'Notices', dismiss: 'Dismiss', undo: 'Undo' },
  settings: {
    title: 'Settings',
    language: 'Language',
    theme: 'Theme',
    themes: { system: 'System', dark: 'Dark', light: 'Light' },
    keys: 'Keyboard shortcuts',
  },
  states: { unlabelled: 'Unlabeled', 'in-progress': 'In progress', done: 'Done' },
  parts: { train: 'Training', val: 'Validation', test: 'Test' },
  dialog: { close: 'Close', cancel: 'Cancel', choose: 'Choose' },
  time: { seconds: '{n} s', minutes: '{m} min {s} s', hours: '{h} h {m} min' },
};
