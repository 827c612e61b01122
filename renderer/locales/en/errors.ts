/** Errors of the window, by code; those of the engine come in English. */
export const errors = {
  'engine-restarted': 'The engine stopped before it answered and was restarted. Nothing that was saved is lost.',
};
