/** train */
export const train = {};
