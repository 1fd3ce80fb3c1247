-- +goose Up
CREATE TABLE session (
    id           TEXT PRIMARY KEY,
    practice_id  TEXT NOT NULL,
    account_id   TEXT NOT NULL REFERENCES account (id),
    branch_id    TEXT NOT NULL,             -- '' for clients and platform accounts
    token_hash   BYTEA NOT NULL,            -- SHA-256 of the token
    created_at   BIGINT NOT NULL,
    seen_at      BIGINT NOT NULL,           -- last real use
    idle_limit   BIGINT NOT NULL,           -- seconds
    expires_at   BIGINT NOT NULL,           -- absolute limit
    proven_at    BIGINT NOT NULL,           -- complete sign-in or step-up
    ip           TEXT NOT NULL,
    device       TEXT NOT NULL,
    shared       BOOLEAN NOT NULL,
    ended_at     BIGINT,
    ended_reason TEXT NOT NULL              -- sign-out | idle | expired | ended | ...
);
CREATE UNIQUE INDEX session_token_hash ON session (token_hash);
CREATE INDEX session_account ON session (practice_id, account_id, ended_at);
CREATE INDEX session_open ON session (ended_at, seen_at);
