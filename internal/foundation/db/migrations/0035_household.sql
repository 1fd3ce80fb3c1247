-- +goose Up
-- A household that was merged into another one, and a pet into another pet, keep
-- their number in the practice system and what the last import said, so that
-- the next one finds who it means. Nothing else belongs to them any more.
ALTER TABLE household ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';    -- the household that took everything over
ALTER TABLE pet ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';
CREATE INDEX household_merged_into ON household (practice_id, merged_into) WHERE merged_into <> '';
CREATE INDEX pet_merged_into ON pet (practice_id, merged_into) WHERE merged_into <> '';

-- Who an import means by a person of a household, where that is not simply the
-- one at this place: who was moved or merged, or, with '', nobody.
CREATE TABLE pet_parent_place (
    household_id  TEXT NOT NULL REFERENCES household (id),
    practice_id   TEXT NOT NULL,
    position      BIGINT NOT NULL,
    pet_parent_id TEXT NOT NULL,
    PRIMARY KEY (household_id, position)
);
CREATE INDEX pet_parent_place_person ON pet_parent_place (practice_id, pet_parent_id);

-- Where the page of somebody leads who was merged into another record.
CREATE TABLE pet_parent_former (
    id            TEXT PRIMARY KEY,
    practice_id   TEXT NOT NULL,
    pet_parent_id TEXT NOT NULL,
    merged_at     BIGINT NOT NULL
);
CREATE INDEX pet_parent_former_person ON pet_parent_former (practice_id, pet_parent_id);

-- Numbers of the practice system whose people were erased: a keyed hash, which
-- an import can be compared with and nobody can read back.
CREATE TABLE erased_client (
    practice_id TEXT NOT NULL,
    key_id      TEXT NOT NULL,
    mark        BYTEA NOT NULL,
    erased_at   BIGINT NOT NULL,
    PRIMARY KEY (practice_id, key_id, mark)
);

-- A permission that is new, for administrators.
UPDATE role SET permissions = replace(permissions, '"petparent.write"', '"petparent.write","petparent.privacy"')
WHERE key = 'practice_administrator' AND permissions NOT LIKE '%"petparent.privacy"%';
