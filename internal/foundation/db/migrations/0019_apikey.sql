-- +goose Up
CREATE TABLE api_key (
    id           TEXT PRIMARY KEY,
    practice_id  TEXT NOT NULL REFERENCES practice (id),
    name         TEXT NOT NULL,
    token_hash   BYTEA NOT NULL,
    hint         TEXT NOT NULL,             -- last characters, to tell keys apart
    permissions  TEXT NOT NULL,             -- JSON array
    created_at   BIGINT NOT NULL,
    created_by   TEXT NOT NULL,             -- account
    expires_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    last_used_ip TEXT NOT NULL DEFAULT '',
    revoked_at   BIGINT,
    revoked_by   TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX api_key_token_hash ON api_key (token_hash);
CREATE INDEX api_key_list ON api_key (practice_id, id);
