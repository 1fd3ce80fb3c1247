-- +goose Up
-- An import of a client list. Files are read when they are uploaded and never
-- stored: what waits for the run is what was taken from them, in import_batch.
CREATE TABLE import (
    id             TEXT PRIMARY KEY,
    practice_id    TEXT NOT NULL REFERENCES practice (id),
    system         TEXT NOT NULL,
    state          TEXT NOT NULL,           -- uploaded | previewed | running | done | failed | cancelled
    home_branch_id TEXT NOT NULL,           -- '' leaves the branches as they are
    actor_kind     TEXT NOT NULL,           -- who uploaded it; once it runs, who started it
    actor_id       TEXT NOT NULL,
    actor_name     TEXT NOT NULL,
    files          TEXT NOT NULL,           -- JSON: names, and how they were read
    counts         TEXT NOT NULL,           -- JSON: what the files say, compared at upload
    preview        TEXT NOT NULL,           -- JSON: samples with names, '' once the import is over
    total          BIGINT NOT NULL,         -- clients
    done           BIGINT NOT NULL,         -- clients that the run has been through, and of them:
    added          BIGINT NOT NULL,
    changed        BIGINT NOT NULL,
    unchanged      BIGINT NOT NULL,
    held           BIGINT NOT NULL,
    problem        TEXT NOT NULL,           -- why it failed
    created_at     BIGINT NOT NULL,
    started_at     BIGINT,
    ended_at       BIGINT
);
CREATE INDEX import_list ON import (practice_id, id);
CREATE UNIQUE INDEX import_practice_id ON import (practice_id) WHERE state = 'running';
CREATE INDEX import_waiting ON import (created_at) WHERE state IN ('uploaded', 'previewed');

-- What one transaction of the run takes over; deleted by it.
CREATE TABLE import_batch (
    import_id   TEXT NOT NULL REFERENCES import (id),
    practice_id TEXT NOT NULL,
    number      BIGINT NOT NULL,
    households  TEXT NOT NULL,              -- JSON
    PRIMARY KEY (import_id, number)
);

-- Rows that were not taken over.
CREATE TABLE import_reject (
    import_id   TEXT NOT NULL REFERENCES import (id),
    practice_id TEXT NOT NULL,
    number      BIGINT NOT NULL,
    file        TEXT NOT NULL,
    line        BIGINT NOT NULL,
    record      BIGINT NOT NULL,
    reason      TEXT NOT NULL,
    client      TEXT NOT NULL,              -- ids that stand in the row
    pet         TEXT NOT NULL,
    message     TEXT NOT NULL,
    PRIMARY KEY (import_id, number)
);
