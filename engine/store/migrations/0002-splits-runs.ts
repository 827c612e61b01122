/**
 * Version 2 of the project's schema: splits, training runs and their epochs. Never edited once released.
 * Convention: columns for what the store itself sorts or filters by; JSON for settings that others own.
 */
export const splitsRuns = `
CREATE TABLE splits (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL,
  seed       INTEGER NOT NULL,
  method     TEXT NOT NULL,
  settings   TEXT NOT NULL CHECK (json_valid(settings)),
  created_at TEXT NOT NULL,
  -- the current split is the one with the highest number
  chosen     INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE split_images (
  split_id INTEGER NOT NULL REFERENCES splits (id) ON DELETE CASCADE,
  image_id INTEGER NOT NULL REFERENCES images (id),
  part     TEXT NOT NULL CHECK (part IN ('train', 'val', 'test')),
  place    INTEGER NOT NULL,
  PRIMARY KEY (split_id, image_id)
) STRICT;

CREATE TABLE runs (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  name        TEXT NOT NULL,
  split_id    INTEGER NOT NULL REFERENCES splits (id),
  seed        INTEGER NOT NULL,
  executor    TEXT NOT NULL,
  network     TEXT NOT NULL CHECK (json_valid(network)),
  settings    TEXT NOT NULL CHECK (json_valid(settings)),
  classes     TEXT NOT NULL CHECK (json_valid(classes)),
  status      TEXT NOT NULL CHECK (status IN ('running', 'paused', 'interrupted', 'done', 'failed', 'stopped')),
  message     TEXT,
  best_epoch  INTEGER,
  best_file   TEXT,
  latest_file TEXT,
  created_at  TEXT NOT NULL,
  ended_at    TEXT
) STRICT;

CREATE TABLE epochs (
  run_id            INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  epoch             INTEGER NOT NULL CHECK (epoch > 0),
  train_loss        REAL,
  val_loss          REAL,
  val_dice          REAL,
  val_iou           REAL,
  learning_rate     REAL,
  seconds           REAL,
  images_per_second REAL,
  more              TEXT CHECK (json_valid(more)),
  PRIMARY KEY (run_id, epoch)
) STRICT;
`;
