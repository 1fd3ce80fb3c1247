-- +goose Up
-- The mark of the known device that a code by e-mail was asked for on: strangers
-- use up their own share of the codes of an hour. '' stands for all of them.
ALTER TABLE email_code ADD COLUMN device TEXT NOT NULL DEFAULT '';
