/** exporting */
export const exporting = {};
