-- +goose Up

-- Messages leave from their own table, without a job for each. due_at is when a
-- waiting one may leave, or when the lease of one that is being handed over
-- runs out; lease names the claim that holds it.
ALTER TABLE message ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN lease TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN domain TEXT NOT NULL DEFAULT '';      -- of the recipient, in small letters
ALTER TABLE message ADD COLUMN paced BOOLEAN NOT NULL DEFAULT FALSE; -- due_at is the place that the limits gave it
ALTER TABLE message ADD COLUMN campaign_id TEXT NOT NULL DEFAULT '';

DROP INDEX message_waiting;
CREATE INDEX message_due ON message (bulk, due_at, id) WHERE state IN ('queued', 'sending');
CREATE INDEX message_sent ON message (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX message_failed ON message (practice_id, id) WHERE state = 'failed';
CREATE INDEX message_campaign ON message (practice_id, campaign_id, id) WHERE campaign_id <> '';

-- When the next bulk message of a practice ('p:' and its id), or to a domain
-- ('d:' and its name), may leave.
CREATE TABLE mail_pace (
	name    TEXT   NOT NULL PRIMARY KEY,
	next_at BIGINT NOT NULL
);

DELETE FROM job WHERE kind IN ('mail.deliver', 'mail.bulk');
