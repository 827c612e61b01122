/** The engine says its errors in English itself: only what happens in the window is said here. By code. */
export const errors = {
  'engine-restarted': 'The engine ended before it answered, and was started again. Nothing that was saved is lost.',
};
