-- +goose Up
-- Where pet parents reach a branch and when; '' is as the practice says.
ALTER TABLE branch ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE branch ADD COLUMN hours TEXT NOT NULL DEFAULT '';
ALTER TABLE branch ADD COLUMN address TEXT NOT NULL DEFAULT '';

-- "Keep me signed in".
ALTER TABLE signin ADD COLUMN keep BOOLEAN NOT NULL DEFAULT FALSE;      -- it was asked for
ALTER TABLE session ADD COLUMN kept BOOLEAN NOT NULL DEFAULT FALSE;     -- it lasts for the days that the policy allows

-- What a practice asks its pet parents to accept, one row for each version.
CREATE TABLE terms (
    practice_id   TEXT NOT NULL REFERENCES practice (id),
    version       BIGINT NOT NULL,          -- 1, 2, ...
    terms_title   TEXT NOT NULL,            -- '' where there is no such document
    terms_text    TEXT NOT NULL,            -- the words, or
    terms_url     TEXT NOT NULL,            -- where they stand
    privacy_title TEXT NOT NULL,
    privacy_text  TEXT NOT NULL,
    privacy_url   TEXT NOT NULL,
    published_at  BIGINT NOT NULL,
    published_by  TEXT NOT NULL,            -- account
    PRIMARY KEY (practice_id, version)
);

CREATE TABLE terms_acceptance (
    practice_id TEXT NOT NULL,
    account_id  TEXT NOT NULL REFERENCES account (id),
    version     BIGINT NOT NULL,
    proof_id    TEXT NOT NULL,              -- what the sign-in rested on: before the first one is complete, another proof asks again
    accepted_at BIGINT NOT NULL,
    PRIMARY KEY (practice_id, account_id, version)
);
