-- +goose Up

-- Whose messages did not reach them, which are few.
CREATE INDEX message_unsent ON message (practice_id, petparent_id, id) WHERE state IN ('failed', 'dropped');
