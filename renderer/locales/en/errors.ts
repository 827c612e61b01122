/** The engine says its errors in English itself: only what happens in the window is said here. By code. */
export const errors = {
  'engine-restarted': 'The engine stopped before it answered and was restarted. Nothing that was saved is lost.',
};
