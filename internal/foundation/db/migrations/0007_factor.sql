-- +goose Up
CREATE TABLE password (
    account_id  TEXT PRIMARY KEY REFERENCES account (id),
    practice_id TEXT NOT NULL,
    hash        TEXT NOT NULL,              -- PHC string
    set_at      BIGINT NOT NULL
);

-- At most one for an account, and none once the first sign-in is done.
CREATE TABLE temporary_password (
    id             TEXT PRIMARY KEY,
    practice_id    TEXT NOT NULL,
    account_id     TEXT NOT NULL REFERENCES account (id),
    sealed         BYTEA,                   -- NULL once expired, burnt, or never readable
    hash           TEXT NOT NULL,           -- PHC string where the policy forbids readable ones
    generated      BOOLEAN NOT NULL,        -- carries a check; typed ones do not
    tries          BIGINT NOT NULL,
    max_tries      BIGINT NOT NULL,
    life           BIGINT NOT NULL,         -- seconds, from issue or hand-over
    issued_at      BIGINT NOT NULL,
    issued_by      TEXT NOT NULL,
    expires_at     BIGINT,                  -- NULL until handed over to the mail server
    burnt_at       BIGINT
);
CREATE UNIQUE INDEX temporary_password_account_id ON temporary_password (account_id);

-- One-time links. The token is derived from the id under the key ring; only
-- its SHA-256 is here.
CREATE TABLE link (
    id          TEXT PRIMARY KEY,
    practice_id TEXT NOT NULL,
    account_id  TEXT NOT NULL REFERENCES account (id),
    purpose     TEXT NOT NULL,              -- reset | invitation | activation
    address     TEXT NOT NULL,              -- the mailbox it was sent to, folded
    key_id      TEXT NOT NULL,
    token_hash  BYTEA NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    used_at     BIGINT,
    ended_at    BIGINT                      -- replaced or withdrawn
);
CREATE UNIQUE INDEX link_token_hash ON link (token_hash);
CREATE INDEX link_account ON link (practice_id, account_id, purpose, created_at);

-- Failed tries in a row, reserved before the proof is looked at.
CREATE TABLE attempt (
    practice_id   TEXT NOT NULL,
    subject       TEXT NOT NULL,            -- account id, or keyed hash of an unknown login ID
    factor        TEXT NOT NULL,
    failures      BIGINT NOT NULL,
    last_at       BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    PRIMARY KEY (practice_id, subject, factor)
);
