-- +goose Up
-- The one-time set-up of a new server: one row.
CREATE TABLE setup (
    id         TEXT PRIMARY KEY,
    token_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    used_at    BIGINT
);

-- What a pet parent has confirmed so far in the first sign-in; kept until it
-- is complete, so that a broken-off one resumes.
CREATE TABLE onboarding_draft (
    account_id   TEXT PRIMARY KEY REFERENCES account (id),
    practice_id  TEXT NOT NULL,
    details      TEXT NOT NULL,             -- JSON
    confirmed_at BIGINT NOT NULL
);

-- A sealed word that only the right key ring opens, so that a server with a
-- wrong or missing one refuses to start instead of damaging anything.
CREATE TABLE key_check (
    id     TEXT PRIMARY KEY,
    sealed BYTEA NOT NULL
);
