-- +goose Up
-- A job that is done is deleted; one that was given up stays, with the reason.
CREATE TABLE job (
    id           TEXT PRIMARY KEY,
    kind         TEXT NOT NULL,
    payload      TEXT NOT NULL,             -- JSON
    state        TEXT NOT NULL,             -- waiting | running | dead
    unique_key   TEXT,                      -- NULL unless at most one unfinished job may have it
    attempt      BIGINT NOT NULL,           -- how often it was claimed
    claimable_at BIGINT NOT NULL,           -- when it is due; while it runs, when its lease ends
    lease        TEXT NOT NULL,             -- names the claim that may finish it, '' when not running
    last_error   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    died_at      BIGINT
);
CREATE INDEX job_claimable ON job (kind, claimable_at, id) WHERE state <> 'dead';
CREATE UNIQUE INDEX job_kind_unique_key ON job (kind, unique_key) WHERE state <> 'dead';
