-- +goose Up
-- Browsers in which an account signed in before: told apart from strangers.
CREATE TABLE known_device (
    practice_id TEXT NOT NULL,
    account_id  TEXT NOT NULL REFERENCES account (id),
    token_hash  BYTEA NOT NULL,             -- SHA-256 of the browser's device token
    first_at    BIGINT NOT NULL,
    last_at     BIGINT NOT NULL,
    PRIMARY KEY (practice_id, account_id, token_hash)
);

-- Computers of a branch that several people use.
CREATE TABLE shared_computer (
    id          TEXT PRIMARY KEY,
    practice_id TEXT NOT NULL REFERENCES practice (id),
    branch_id   TEXT NOT NULL REFERENCES branch (id),
    name        TEXT NOT NULL,
    token_hash  BYTEA NOT NULL,
    created_at  BIGINT NOT NULL,
    created_by  TEXT NOT NULL,              -- account
    last_at     BIGINT,                     -- last sign-in there
    ended_at    BIGINT
);
CREATE UNIQUE INDEX shared_computer_token_hash ON shared_computer (token_hash);
CREATE INDEX shared_computer_list ON shared_computer (practice_id, branch_id);

-- Failed tries from one address or network in one span of time.
CREATE TABLE address_failure (
    mark     TEXT NOT NULL,                 -- keyed hash of an IPv4 address or an IPv6 /64
    span     BIGINT NOT NULL,               -- when the span began
    failures BIGINT NOT NULL,
    PRIMARY KEY (mark, span)
);
CREATE INDEX address_failure_span ON address_failure (span);
