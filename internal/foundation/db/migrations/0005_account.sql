-- +goose Up
CREATE TABLE account (
    id              TEXT PRIMARY KEY,
    practice_id     TEXT NOT NULL,          -- '' for platform accounts
    kind            TEXT NOT NULL,          -- staff | client | platform
    name            TEXT NOT NULL,
    login_id        TEXT NOT NULL,          -- as shown
    login_key       TEXT NOT NULL,          -- folded, unique in the practice
    recovery_email  TEXT NOT NULL,
    recovery_key    TEXT NOT NULL,          -- folded
    lang            TEXT NOT NULL,
    active          BOOLEAN NOT NULL,
    created_at      BIGINT NOT NULL,
    onboarded_at    BIGINT,                 -- first sign-in completed, first password set
    last_sign_in_at BIGINT,
    last_sign_in_on TEXT NOT NULL,          -- device and IP of that sign-in
    last_branch_id  TEXT NOT NULL
);
CREATE UNIQUE INDEX account_practice_id_login_key ON account (practice_id, login_key);
CREATE INDEX account_practice_id_recovery_key ON account (practice_id, recovery_key);
CREATE INDEX account_recovery_key ON account (recovery_key);
