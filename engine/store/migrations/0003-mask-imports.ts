/**
 * Version 3 of the project's schema: where imported labels came from. Never edited once released.
 * Convention: `source` is the importer's own, and only compared: the same again needs no second import.
 */
export const maskImports = `
CREATE TABLE mask_imports (
  image_id INTEGER PRIMARY KEY REFERENCES images (id),
  source   TEXT NOT NULL
) STRICT;
`;
