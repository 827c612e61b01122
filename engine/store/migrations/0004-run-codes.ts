/**
 * Version 4 of the project's schema: why a run ended, for machines and for translation. Never edited once released.
 * Convention: `code` belongs to `message`; runs that ended before have none.
 */
export const runCodes = `
ALTER TABLE runs ADD COLUMN code TEXT;
`;
