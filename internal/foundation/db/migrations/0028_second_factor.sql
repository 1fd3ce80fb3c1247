-- +goose Up
-- What an account has as its second proof, besides the rows below. Without a
-- row it has none and nothing is asked of it.
CREATE TABLE second_factor (
    account_id   TEXT PRIMARY KEY REFERENCES account (id),
    practice_id  TEXT NOT NULL,
    email_since  BIGINT,                    -- codes by e-mail are this person's own choice
    stored_at    BIGINT,                    -- the person said that the backup codes are stored
    grace_from   BIGINT,                    -- the first sign-in at which the policy demanded one
    owed         BOOLEAN NOT NULL           -- has to be set up at the next sign-in: it was reset
);
CREATE INDEX second_factor_practice ON second_factor (practice_id);

-- The authenticator key; the same on every device of its person.
CREATE TABLE authenticator (
    account_id   TEXT PRIMARY KEY REFERENCES account (id),
    practice_id  TEXT NOT NULL,
    id           TEXT NOT NULL,             -- of this key, which its ciphertext is bound to
    sealed       BYTEA NOT NULL,
    last_step    BIGINT NOT NULL,           -- the newest time step that was accepted
    set_at       BIGINT NOT NULL
);
CREATE INDEX authenticator_practice ON authenticator (practice_id);

-- A set-up of an authenticator that is or was under way. It changes nothing
-- before it is verified.
CREATE TABLE authenticator_setup (
    id           TEXT PRIMARY KEY,
    practice_id  TEXT NOT NULL,
    account_id   TEXT NOT NULL REFERENCES account (id),
    asked_in     TEXT NOT NULL,             -- the session or the sign-in
    sealed       BYTEA,                     -- NULL once it is over
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    ended_at     BIGINT,
    outcome      TEXT NOT NULL              -- '' | verified | cancelled | replaced | left
);
CREATE INDEX authenticator_setup_account ON authenticator_setup (practice_id, account_id, created_at);

CREATE TABLE backup_code (
    id           TEXT PRIMARY KEY,
    practice_id  TEXT NOT NULL,
    account_id   TEXT NOT NULL REFERENCES account (id),
    place        BIGINT NOT NULL,           -- 1 to 10
    key_id       TEXT NOT NULL,
    mac          BYTEA NOT NULL,            -- keyed hash, by which it is found
    sealed       BYTEA,                     -- NULL where the policy forbids to show it again
    made_at      BIGINT NOT NULL,
    used_at      BIGINT
);
CREATE INDEX backup_code_account ON backup_code (practice_id, account_id, place);

-- A code by e-mail. It is derived from the id under the key ring, and so is
-- nowhere in the database.
CREATE TABLE email_code (
    id           TEXT PRIMARY KEY,
    practice_id  TEXT NOT NULL,
    account_id   TEXT NOT NULL REFERENCES account (id),
    asked_in     TEXT NOT NULL,             -- the sign-in or session that alone takes it
    key_id       TEXT NOT NULL,
    address      TEXT NOT NULL,             -- the mailbox it went to, folded
    link_id      TEXT NOT NULL,             -- "this was not me"
    tries        BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    ended_at     BIGINT                     -- used, replaced or used up
);
CREATE INDEX email_code_account ON email_code (practice_id, account_id, created_at);
CREATE INDEX email_code_created ON email_code (created_at);

-- One sign-in without the second factor, granted to somebody who lost it.
CREATE TABLE factor_skip (
    account_id   TEXT PRIMARY KEY REFERENCES account (id),
    practice_id  TEXT NOT NULL,
    id           TEXT NOT NULL,
    granted_by   TEXT NOT NULL,
    granter      TEXT NOT NULL,             -- how that account was called
    reason       TEXT NOT NULL,
    granted_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    used_at      BIGINT
);

ALTER TABLE session ADD COLUMN second TEXT NOT NULL DEFAULT '';          -- what proved the person besides the password
ALTER TABLE signin ADD COLUMN second TEXT NOT NULL DEFAULT '';           -- the same, once proved
ALTER TABLE signin ADD COLUMN second_tries BIGINT NOT NULL DEFAULT 0;    -- wrong codes
ALTER TABLE signin ADD COLUMN skip_id TEXT NOT NULL DEFAULT '';          -- the skip that stands in its place
ALTER TABLE signin ADD COLUMN stored BOOLEAN NOT NULL DEFAULT FALSE;     -- the backup codes made here are said to be stored
ALTER TABLE password ADD COLUMN mailed BOOLEAN NOT NULL DEFAULT FALSE;   -- set by a mailed link, and no other proof since
ALTER TABLE account ADD COLUMN recovery_changed_at BIGINT;
ALTER TABLE account ADD COLUMN recovery_changed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE role ADD COLUMN second_factor TEXT NOT NULL DEFAULT '';      -- off | optional | required; '' is the default
ALTER TABLE role ADD COLUMN second_factor_grace BIGINT NOT NULL DEFAULT 0; -- days
ALTER TABLE role ADD COLUMN email_code BOOLEAN NOT NULL DEFAULT TRUE;
