-- +goose Up

-- What an upload was read with, and with what it is read again.
ALTER TABLE import ADD COLUMN as_of BIGINT;                             -- when the export was made
ALTER TABLE import ADD COLUMN choices TEXT NOT NULL DEFAULT '{}';       -- JSON: how to read it, where somebody chose
ALTER TABLE import ADD COLUMN source TEXT NOT NULL DEFAULT '';          -- names the columns of the files
ALTER TABLE import ADD COLUMN remembered BOOLEAN NOT NULL DEFAULT FALSE; -- the choices are those of an earlier import
ALTER TABLE import ADD COLUMN reading BIGINT NOT NULL DEFAULT 0;        -- how often it was read; the last one counts
ALTER TABLE import ADD COLUMN good_rows BOOLEAN NOT NULL DEFAULT FALSE; -- rejected rows may be left out

-- What waits to be read again: the files, and the cells of rejected rows. All of it
-- is sealed under the key here, and unreadable once that is deleted.
CREATE TABLE import_key (
    import_id   TEXT   NOT NULL REFERENCES import (id),
    practice_id TEXT   NOT NULL,
    purpose     TEXT   NOT NULL,            -- files | rejects
    sealed      BYTEA  NOT NULL,            -- by the key ring
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (import_id, purpose)
);
CREATE INDEX import_key_expires ON import_key (expires_at);

-- The files of an upload, until the import is over.
CREATE TABLE import_file (
    import_id   TEXT   NOT NULL REFERENCES import (id),
    practice_id TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    name        TEXT   NOT NULL,
    PRIMARY KEY (import_id, number)
);
CREATE TABLE import_chunk (
    import_id   TEXT   NOT NULL REFERENCES import (id),
    practice_id TEXT   NOT NULL,
    file        BIGINT NOT NULL,            -- import_file.number
    number      BIGINT NOT NULL,
    sealed      BYTEA  NOT NULL,
    PRIMARY KEY (import_id, file, number)
);

-- The cells of a rejected row, so that it can be corrected; NULL when they cannot be told.
ALTER TABLE import_reject ADD COLUMN sealed BYTEA;

-- How a practice had files with these columns read.
CREATE TABLE import_choice (
    practice_id TEXT   NOT NULL REFERENCES practice (id),
    source      TEXT   NOT NULL,
    choices     TEXT   NOT NULL,            -- JSON
    chosen_at   BIGINT NOT NULL,
    PRIMARY KEY (practice_id, source)
);

-- What a practice wants done after each import.
CREATE TABLE import_setting (
    practice_id TEXT    PRIMARY KEY REFERENCES practice (id),
    logins      BOOLEAN NOT NULL            -- create logins for new clients
);

DROP INDEX import_waiting;
CREATE INDEX import_waiting ON import (created_at) WHERE state IN ('uploaded', 'asks', 'previewed');
