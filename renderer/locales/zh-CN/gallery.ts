/** gallery */
export const gallery = {};
