-- +goose Up
-- One walk through everybody who has no login yet. It goes on where it stood
-- when the process died: place moves in the transaction that creates logins.
CREATE TABLE login_run (
    id           TEXT PRIMARY KEY,
    practice_id  TEXT NOT NULL REFERENCES practice (id),
    state        TEXT NOT NULL,             -- running | done | failed
    place        TEXT NOT NULL,             -- id of the pet parent looked at last, '' at the beginning
    total        BIGINT NOT NULL,           -- people without a login when it began
    done         BIGINT NOT NULL,           -- people looked at so far
    created      BIGINT NOT NULL,           -- logins created, each with its mail
    not_mailable BIGINT NOT NULL,           -- people
    reasons      TEXT NOT NULL,             -- JSON object: reason, people
    conflicts    TEXT NOT NULL,             -- JSON array; personal
    failure      TEXT NOT NULL,             -- words, '' unless failed
    started_by   TEXT NOT NULL,             -- account, '' for the command line
    started_at   BIGINT NOT NULL,
    ended_at     BIGINT
);
CREATE INDEX login_run_list ON login_run (practice_id, id);
CREATE UNIQUE INDEX login_run_practice_id ON login_run (practice_id) WHERE state = 'running';
CREATE INDEX pet_parent_without_login ON pet_parent (practice_id, id) WHERE account_id IS NULL;
