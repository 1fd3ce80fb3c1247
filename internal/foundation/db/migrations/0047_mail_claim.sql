-- +goose Up

-- What a node took out of the queue of messages and is handing over. Messages
-- themselves are written once, when it is known what became of them: those that
-- were sent of a claim, together. When a lease has run out, whoever claims next
-- marks what is noted in gone, and the rest is free again.
CREATE TABLE mail_claim (
	lease       TEXT    NOT NULL PRIMARY KEY,
	bulk        BOOLEAN NOT NULL,
	lease_until BIGINT  NOT NULL,
	gone        TEXT    NOT NULL DEFAULT ''  -- places in ids, from 0, each behind a space: sent, and not marked yet
);

-- The messages of a claim. They stand apart, so that gone is a small row.
CREATE TABLE mail_claim_ids (
	lease TEXT NOT NULL PRIMARY KEY,
	ids   TEXT NOT NULL                      -- separated by spaces
);

-- One node after the other claims from a way out.
CREATE TABLE mail_lane (
	bulk BOOLEAN NOT NULL PRIMARY KEY
);
INSERT INTO mail_lane (bulk) VALUES (FALSE), (TRUE);

DROP INDEX message_due;
UPDATE message SET state = 'queued' WHERE state = 'sending';
ALTER TABLE message DROP COLUMN lease;
CREATE INDEX message_due ON message (bulk, due_at, id) WHERE state = 'queued';
