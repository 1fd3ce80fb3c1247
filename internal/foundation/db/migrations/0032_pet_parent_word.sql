-- +goose Up
-- Every word that finds a pet parent. What begins with some letters is a range
-- of the primary key, which is all that the search box reads. word is UTF-8 as
-- bytes, so that the range is the same whatever way the database sorts texts.
CREATE TABLE pet_parent_word (
    practice_id   TEXT NOT NULL,
    word          BYTEA NOT NULL,
    sort_key      TEXT NOT NULL,            -- of the pet parent
    pet_parent_id TEXT NOT NULL,
    PRIMARY KEY (practice_id, word, sort_key, pet_parent_id)
);

-- By which rules the words of a person were made; 0: not yet. A job makes those
-- of everybody who was there before.
ALTER TABLE pet_parent ADD COLUMN words BIGINT NOT NULL DEFAULT 0;
CREATE INDEX pet_parent_without_words ON pet_parent (practice_id, id) WHERE words = 0;

-- The other orders of the list.
CREATE INDEX pet_parent_newest ON pet_parent (practice_id, created_at, id);
CREATE INDEX account_last_sign_in ON account (practice_id, kind, last_sign_in_at, id) WHERE last_sign_in_at IS NOT NULL;
