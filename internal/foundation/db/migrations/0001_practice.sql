-- +goose Up
-- Times are microseconds since 1970 UTC in BIGINT columns; ids come from Go.
CREATE TABLE practice (
    id         TEXT PRIMARY KEY,
    slug       TEXT NOT NULL,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL,               -- clinic | sitting | training
    plan       TEXT NOT NULL,
    status     TEXT NOT NULL,               -- active | suspended
    phone      TEXT NOT NULL DEFAULT '',
    email      TEXT NOT NULL DEFAULT '',
    hours      TEXT NOT NULL DEFAULT '',
    policy     TEXT NOT NULL DEFAULT '{}',  -- JSON, only what differs from the defaults
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX practice_slug ON practice (slug);

CREATE TABLE branch (
    id          TEXT PRIMARY KEY,
    practice_id TEXT NOT NULL REFERENCES practice (id),
    name        TEXT NOT NULL,
    name_key    TEXT NOT NULL,              -- folded, unique in the practice
    hue         BIGINT NOT NULL,            -- 0-7
    phone       TEXT NOT NULL DEFAULT '',
    created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX branch_practice_id_name_key ON branch (practice_id, name_key);
