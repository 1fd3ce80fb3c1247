-- +goose Up
CREATE TABLE signin (
    id          TEXT PRIMARY KEY,
    practice_id TEXT NOT NULL,
    account_id  TEXT NOT NULL REFERENCES account (id),
    token_hash  BYTEA NOT NULL,
    proof       TEXT NOT NULL,              -- password | temporary | link
    proof_id    TEXT NOT NULL,              -- which temporary password or link
    branch_id   TEXT NOT NULL,
    return_path TEXT NOT NULL,
    shared      BOOLEAN NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    ended_at    BIGINT
);
CREATE UNIQUE INDEX signin_token_hash ON signin (token_hash);
