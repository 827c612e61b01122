/** annotate */
export const annotate = {};
