-- +goose Up
ALTER TABLE api_key ADD COLUMN name_key TEXT NOT NULL DEFAULT '';         -- folded, unique among the keys that are not revoked
UPDATE api_key SET name_key = id;
CREATE UNIQUE INDEX api_key_practice_id_name_key ON api_key (practice_id, name_key) WHERE revoked_at IS NULL;

-- The ways along which everything of a practice is read in parts.
CREATE INDEX account_walk ON account (practice_id, id);
CREATE INDEX message_walk ON message (practice_id, id);
