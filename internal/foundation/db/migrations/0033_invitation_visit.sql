-- +goose Up
-- How far a pet parent came with what they were given last: of each account the
-- newest invitation alone, by the id of its temporary password or link.
CREATE TABLE invitation_visit (
    account_id    TEXT PRIMARY KEY,
    practice_id   TEXT NOT NULL,
    invitation_id TEXT NOT NULL,
    opened_at     BIGINT NOT NULL,          -- the page that it leads to
    entered_at    BIGINT                    -- signed in with it
);
