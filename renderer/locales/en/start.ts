/** start */
export const start = {};
