-- +goose Up

-- A text of mail that a practice writes itself. id is the name of a built-in
-- template where the practice puts its own words in place of ours.
CREATE TABLE mail_template (
	practice_id TEXT    NOT NULL,
	id          TEXT    NOT NULL,
	name        TEXT    NOT NULL,            -- '' for one that stands in place of a built-in one
	name_key    TEXT    NOT NULL,            -- the name as it is compared
	mark        BIGINT  NOT NULL,            -- grows with each change
	created_at  BIGINT  NOT NULL,
	updated_at  BIGINT  NOT NULL,
	updated_by  TEXT    NOT NULL DEFAULT '', -- account
	PRIMARY KEY (practice_id, id)
);

CREATE UNIQUE INDEX mail_template_practice_id_name_key ON mail_template (practice_id, name_key) WHERE name_key <> '';

-- The words of a template in one language. They never change: who edits them
-- writes others, and messages that wait leave as they were written. Words that
-- somebody typed for one message belong to no template.
CREATE TABLE mail_text (
	practice_id TEXT    NOT NULL,
	id          TEXT    NOT NULL,
	template_id TEXT    NOT NULL DEFAULT '', -- '' for words typed by hand
	key         TEXT    NOT NULL DEFAULT '', -- the built-in template whose tokens they have; '' for those of pet parents
	lang        TEXT    NOT NULL,
	subject     TEXT    NOT NULL,
	html        TEXT    NOT NULL,
	plain       TEXT    NOT NULL,            -- '' where it is made from the HTML
	current     BOOLEAN NOT NULL,
	created_at  BIGINT  NOT NULL,
	created_by  TEXT    NOT NULL DEFAULT '', -- account
	PRIMARY KEY (practice_id, id)
);

CREATE UNIQUE INDEX mail_text_practice_id_template_id_lang ON mail_text (practice_id, template_id, lang) WHERE current AND template_id <> '';

-- The mail_text that a message is written with; '' for a built-in one.
ALTER TABLE message ADD COLUMN text_id TEXT NOT NULL DEFAULT '';

-- Writing templates is a permission of its own.
UPDATE role SET permissions = replace(permissions, '"mail.send"', '"mail.send","mail.template"')
WHERE key IN ('practice_administrator', 'manager') AND permissions NOT LIKE '%"mail.template"%';

-- How mail of a practice looks.
ALTER TABLE practice ADD COLUMN colour TEXT NOT NULL DEFAULT '';      -- '#rrggbb'; '' for ours
ALTER TABLE practice ADD COLUMN logo TEXT NOT NULL DEFAULT '';        -- digest of a practice_logo; '' for none
ALTER TABLE practice ADD COLUMN logo_width BIGINT NOT NULL DEFAULT 0; -- in pixels
ALTER TABLE practice ADD COLUMN logo_height BIGINT NOT NULL DEFAULT 0;

-- The pictures that a practice had as its logo: mail that was sent still shows them.
CREATE TABLE practice_logo (
	practice_id TEXT   NOT NULL,
	digest      TEXT   NOT NULL, -- SHA-256, hexadecimal
	type        TEXT   NOT NULL, -- image/png, image/jpeg or image/gif
	picture     BYTEA  NOT NULL,
	created_at  BIGINT NOT NULL,
	PRIMARY KEY (practice_id, digest)
);
