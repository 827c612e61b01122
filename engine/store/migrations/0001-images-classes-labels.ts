/**
 * Version 1 of the project's schema: images, classes, label tiles and their history. Never edited once released.
 * Convention: a tile is one byte (every pixel has that value) or a zlib stream of its pixels; values are class ids.
 */
export const imagesClassesLabels = `
CREATE TABLE images (
  -- AUTOINCREMENT: an id is never given twice; caches outside the database are keyed by it
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  path        TEXT NOT NULL CHECK (path <> ''),
  width       INTEGER NOT NULL CHECK (width > 0),
  height      INTEGER NOT NULL CHECK (height > 0),
  channels    INTEGER NOT NULL CHECK (channels IN (1, 3, 4)),
  bits        INTEGER NOT NULL CHECK (bits IN (8, 16)),
  format      TEXT NOT NULL,
  orientation INTEGER NOT NULL CHECK (orientation BETWEEN 1 AND 8),
  hash        TEXT NOT NULL CHECK (length(hash) = 64),
  bytes       INTEGER NOT NULL CHECK (bytes >= 0),
  modified_at REAL NOT NULL,
  group_name  TEXT,
  state       TEXT NOT NULL CHECK (state IN ('unlabelled', 'in-progress', 'done')),
  missing     INTEGER NOT NULL DEFAULT 0 CHECK (missing IN (0, 1)),
  added_at    TEXT NOT NULL,
  removed_at  TEXT
) STRICT;
CREATE UNIQUE INDEX images_path ON images (path) WHERE removed_at IS NULL;
CREATE INDEX images_hash ON images (hash);

CREATE TABLE classes (
  -- 0 and 255 are background and unlabelled
  id          INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 254),
  name        TEXT NOT NULL,
  color       TEXT NOT NULL CHECK (length(color) = 7),
  -- 1..K; NULL: removed, or merged into another
  position    INTEGER CHECK (position > 0),
  merged_into INTEGER REFERENCES classes (id),
  CHECK (position IS NULL OR merged_into IS NULL),
  CHECK (merged_into <> id)
) STRICT;

CREATE TABLE label_maps (
  image_id INTEGER PRIMARY KEY REFERENCES images (id),
  revision INTEGER NOT NULL,
  -- sequence of the last edit that is not undone; 0: all are
  head     INTEGER NOT NULL CHECK (head >= 0)
) STRICT;

-- An absent tile is unlabelled in all its pixels.
CREATE TABLE label_tiles (
  image_id INTEGER NOT NULL REFERENCES label_maps (image_id),
  tile_x   INTEGER NOT NULL,
  tile_y   INTEGER NOT NULL,
  pixels   BLOB NOT NULL,
  PRIMARY KEY (image_id, tile_x, tile_y)
) STRICT;

CREATE TABLE label_edits (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  image_id    INTEGER NOT NULL REFERENCES label_maps (image_id),
  sequence    INTEGER NOT NULL CHECK (sequence > 0),
  origin      TEXT NOT NULL CHECK (origin IN ('painted', 'imported', 'predicted-accepted')),
  description TEXT NOT NULL,
  at          TEXT NOT NULL,
  UNIQUE (image_id, sequence)
) STRICT;

-- NULL: the tile is absent.
CREATE TABLE label_edit_tiles (
  edit_id INTEGER NOT NULL REFERENCES label_edits (id) ON DELETE CASCADE,
  tile_x  INTEGER NOT NULL,
  tile_y  INTEGER NOT NULL,
  before  BLOB,
  after   BLOB,
  PRIMARY KEY (edit_id, tile_x, tile_y)
) STRICT;
`;
