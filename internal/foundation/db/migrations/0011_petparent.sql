-- +goose Up
-- A household is the client record of the practice system.
CREATE TABLE household (
    id             TEXT PRIMARY KEY,
    practice_id    TEXT NOT NULL REFERENCES practice (id),
    system         TEXT NOT NULL,           -- cornerstone, generic, ...; 'catflap' when made here
    external_id    TEXT NOT NULL,
    home_branch_id TEXT NOT NULL,           -- '' when unknown
    company        TEXT NOT NULL,
    active         BOOLEAN NOT NULL,
    deleted        BOOLEAN NOT NULL,
    opt_out        BOOLEAN NOT NULL,
    imported       TEXT NOT NULL,           -- JSON: what the last import said, '' when made here
    digest         BYTEA,                   -- SHA-256 of imported
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX household_practice_id_system_external_id ON household (practice_id, system, external_id);

CREATE TABLE pet_parent (
    id            TEXT PRIMARY KEY,
    practice_id   TEXT NOT NULL,
    household_id  TEXT NOT NULL REFERENCES household (id),
    position      BIGINT NOT NULL,          -- 1 first person of the household, 2 second, ...
    account_id    TEXT REFERENCES account (id),
    first_name    TEXT NOT NULL,
    last_name     TEXT NOT NULL,
    email         TEXT NOT NULL,            -- contact e-mail, '' when missing or invalid
    email_key     TEXT NOT NULL,            -- folded
    emails        TEXT NOT NULL,            -- JSON array, first one is email
    email_problem TEXT NOT NULL,            -- '' | missing | invalid
    phones        TEXT NOT NULL,            -- JSON array of {kind, e164, raw, ext}
    search        TEXT NOT NULL,            -- folded words and digits that find this person
    sort_key      TEXT NOT NULL,            -- folded last name, first name
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX pet_parent_household_id_position ON pet_parent (household_id, position);
CREATE UNIQUE INDEX pet_parent_account_id ON pet_parent (account_id);
CREATE INDEX pet_parent_list ON pet_parent (practice_id, sort_key, id);
CREATE INDEX pet_parent_email_key ON pet_parent (practice_id, email_key);

CREATE TABLE pet (
    id          TEXT PRIMARY KEY,
    practice_id TEXT NOT NULL,
    system      TEXT NOT NULL,
    external_id TEXT NOT NULL,              -- the export's id, or owner id and folded name where it has none
    name        TEXT NOT NULL,
    species     TEXT NOT NULL,              -- '' when unknown
    breed       TEXT NOT NULL,
    sex         TEXT NOT NULL,              -- '' | male | female
    neutered    BOOLEAN,
    born_on     TEXT NOT NULL,              -- YYYY-MM-DD or ''
    deceased    BOOLEAN NOT NULL,
    died_on     TEXT NOT NULL,
    inactive    BOOLEAN NOT NULL,
    deleted     BOOLEAN NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX pet_practice_id_system_external_id ON pet (practice_id, system, external_id);

CREATE TABLE pet_owner (
    practice_id  TEXT NOT NULL,
    household_id TEXT NOT NULL REFERENCES household (id),
    pet_id       TEXT NOT NULL REFERENCES pet (id),
    percentage   TEXT NOT NULL,             -- as exported
    main         BOOLEAN NOT NULL,          -- the primary owner
    PRIMARY KEY (practice_id, household_id, pet_id)
);
CREATE INDEX pet_owner_pet_id ON pet_owner (practice_id, pet_id);

-- What a pet parent wants corrected, for staff to accept.
CREATE TABLE proposal (
    id            TEXT PRIMARY KEY,
    practice_id   TEXT NOT NULL,
    pet_parent_id TEXT NOT NULL REFERENCES pet_parent (id),
    pet_id        TEXT NOT NULL,            -- '' for the person's own data
    field         TEXT NOT NULL,
    before_value  TEXT NOT NULL,
    after_value   TEXT NOT NULL,
    state         TEXT NOT NULL,            -- open | accepted | rejected | replaced
    created_at    BIGINT NOT NULL,
    decided_at    BIGINT,
    decided_by    TEXT NOT NULL
);
CREATE INDEX proposal_practice_id_state ON proposal (practice_id, state, pet_parent_id);
CREATE UNIQUE INDEX proposal_open ON proposal (pet_parent_id, pet_id, field) WHERE state = 'open';
