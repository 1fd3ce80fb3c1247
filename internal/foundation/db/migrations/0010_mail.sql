-- +goose Up

-- One e-mail to one person. data holds what its template is filled with, never
-- a secret: secret_kind and secret_ref name one that is fetched at hand-over.
CREATE TABLE message (
	id           TEXT    NOT NULL PRIMARY KEY,
	practice_id  TEXT    NOT NULL,            -- '' for platform accounts
	account_id   TEXT    NOT NULL DEFAULT '',
	petparent_id TEXT    NOT NULL DEFAULT '',
	to_address   TEXT    NOT NULL,
	to_name      TEXT    NOT NULL DEFAULT '',
	template     TEXT    NOT NULL,
	lang         TEXT    NOT NULL,
	subject      TEXT    NOT NULL,
	data         TEXT    NOT NULL,            -- JSON object of strings
	secret_kind  TEXT    NOT NULL DEFAULT '',
	secret_ref   TEXT    NOT NULL DEFAULT '',
	bulk         BOOLEAN NOT NULL,
	state        TEXT    NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'dropped')),
	attempts     INTEGER NOT NULL DEFAULT 0,
	last_error   TEXT    NOT NULL DEFAULT '',
	message_id   TEXT    NOT NULL,            -- the Message-ID header, without angle brackets
	created_at   BIGINT  NOT NULL,
	sent_at      BIGINT
);

CREATE INDEX message_petparent ON message (practice_id, petparent_id, id) WHERE petparent_id <> '';
CREATE INDEX message_account ON message (practice_id, account_id, created_at) WHERE account_id <> '';
CREATE INDEX message_waiting ON message (id) WHERE state IN ('queued', 'sending');
