-- +goose Up

-- The forms with which somebody writes an e-mail by hand: each sends once, however
-- often it arrives. Until it is sent, draft keeps what was typed, for a preview
-- and for who has to confirm that it is them.
CREATE TABLE composed (
	practice_id TEXT    NOT NULL,
	account_id  TEXT    NOT NULL,            -- who writes; for programs their key
	mark        TEXT    NOT NULL,            -- of the form
	sent        BOOLEAN NOT NULL,
	draft       TEXT    NOT NULL DEFAULT '', -- JSON; '' once it is sent
	created_at  BIGINT  NOT NULL,
	PRIMARY KEY (practice_id, account_id, mark)
);

CREATE INDEX composed_created_at ON composed (created_at);
