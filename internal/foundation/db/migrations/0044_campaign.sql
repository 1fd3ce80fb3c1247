-- +goose Up

-- One text to many pet parents ("Email Alerts"). Whom it was written to has a row
-- in message with its campaign_id; place is how far the walk through the people has
-- come, and moves in the transaction that writes their messages.
CREATE TABLE campaign (
	practice_id   TEXT    NOT NULL,
	id            TEXT    NOT NULL,
	name          TEXT    NOT NULL,
	template_id   TEXT    NOT NULL,               -- 'welcome' for login credentials, or one of the practice's own
	template_name TEXT    NOT NULL,               -- as it was called when it was chosen
	scope         TEXT    NOT NULL,               -- JSON: whom it is to; {} is everybody
	state         TEXT    NOT NULL,               -- draft | preparing | running | paused | cancelled | done | failed
	mark          BIGINT  NOT NULL,               -- grows with each change by somebody
	credentials   BOOLEAN NOT NULL DEFAULT FALSE, -- it brings what opens the first sign-in
	words         TEXT    NOT NULL DEFAULT '{}',  -- JSON: the texts that it was started with
	place         TEXT    NOT NULL DEFAULT '',    -- the last pet parent who was looked at
	prepared      BOOLEAN NOT NULL DEFAULT FALSE, -- everybody was looked at
	in_line       BOOLEAN NOT NULL DEFAULT TRUE,  -- what waits in the queue agrees with the state
	total         BIGINT  NOT NULL DEFAULT 0,     -- people, as counted at the start
	looked        BIGINT  NOT NULL DEFAULT 0,     -- people looked at so far
	written       BIGINT  NOT NULL DEFAULT 0,     -- messages
	left_out      BIGINT  NOT NULL DEFAULT 0,
	reasons       TEXT    NOT NULL DEFAULT '{}',  -- JSON: people left out by reason
	failure       TEXT    NOT NULL DEFAULT '',    -- why it stopped, in words
	created_at    BIGINT  NOT NULL,
	created_by    TEXT    NOT NULL,               -- account or API key
	started_at    BIGINT,
	started_by    TEXT    NOT NULL DEFAULT '',
	paused_at     BIGINT,
	ended_at      BIGINT,
	PRIMARY KEY (practice_id, id)
);
CREATE INDEX campaign_open ON campaign (state) WHERE state IN ('preparing', 'running', 'paused');
CREATE INDEX campaign_out_of_line ON campaign (in_line) WHERE NOT in_line;

-- Whom a campaign left out, and why.
CREATE TABLE campaign_left_out (
	campaign_id   TEXT NOT NULL,
	pet_parent_id TEXT NOT NULL,
	practice_id   TEXT NOT NULL,
	reasons       TEXT NOT NULL,                  -- separated by spaces
	PRIMARY KEY (campaign_id, pet_parent_id)
);
CREATE INDEX campaign_left_out_person ON campaign_left_out (practice_id, pet_parent_id);

-- What has not left of a campaign is counted and found by its state.
CREATE INDEX message_campaign_state ON message (practice_id, campaign_id, state, id) WHERE campaign_id <> '' AND state <> 'sent';

-- Walks go through the people of one practice in the order of their ids.
CREATE INDEX pet_parent_walk ON pet_parent (practice_id, id);
