/** review */
export const review = {};
