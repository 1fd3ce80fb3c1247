-- +goose Up
-- Withdrawn by a change of the policy: nothing of it is left, and its person
-- can be invited again.
ALTER TABLE temporary_password ADD COLUMN withdrawn BOOLEAN NOT NULL DEFAULT FALSE;
