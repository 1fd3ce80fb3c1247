-- +goose Up
-- People who were chosen one by one, for what is done with all of them. Choices
-- are forgotten after some days.
CREATE TABLE pet_parent_choice (
    id            TEXT NOT NULL,
    practice_id   TEXT NOT NULL REFERENCES practice (id),
    pet_parent_id TEXT NOT NULL,
    made_at       BIGINT NOT NULL,
    PRIMARY KEY (id, pet_parent_id)
);
CREATE INDEX pet_parent_choice_age ON pet_parent_choice (practice_id, made_at);

-- What a run does and with whom, and how many of them it left out.
ALTER TABLE login_run ADD COLUMN kind TEXT NOT NULL DEFAULT 'create';     -- create | remind
ALTER TABLE login_run ADD COLUMN scope TEXT NOT NULL DEFAULT '{}';        -- JSON: filter or choice; {} is everybody
ALTER TABLE login_run ADD COLUMN skipped BIGINT NOT NULL DEFAULT 0;       -- people whom staff decided to leave out
ALTER TABLE login_run ADD COLUMN recent BIGINT NOT NULL DEFAULT 0;        -- people who were written to within a day

-- What became of everybody whom a run looked at.
CREATE TABLE login_run_person (
    run_id        TEXT NOT NULL REFERENCES login_run (id),
    pet_parent_id TEXT NOT NULL,
    practice_id   TEXT NOT NULL,
    outcome       TEXT NOT NULL,            -- sent | conflict | not_mailable | skipped | recent | too_late
    detail        TEXT NOT NULL,            -- the clash or the reasons
    PRIMARY KEY (run_id, pet_parent_id)
);

-- Whom staff decided to leave out when logins are made for all.
CREATE TABLE login_skip (
    practice_id   TEXT NOT NULL REFERENCES practice (id),
    pet_parent_id TEXT NOT NULL,
    skipped_by    TEXT NOT NULL,            -- account or API key, '' for the command line
    skipped_at    BIGINT NOT NULL,
    PRIMARY KEY (practice_id, pet_parent_id)
);
