-- Evidence of facts: what was cleared elsewhere, earlier years, papers. A row is
-- never deleted; what becomes of it stands in state and in the history.
create table fact_evidence (
	id          text   not null primary key, -- number of its matter, or ev_ and a random number
	kind        text   not null, -- of the subject
	subject     text   not null,
	fact        text   not null,
	year        bigint not null, -- 0: not of a year
	part        text   not null, -- what it covers; '' is all
	type        text   not null, -- of the value: bool, int, money, day, text
	amount      bigint not null, -- bool 0 or 1, int, fen, yyyymmdd
	words       text   not null, -- of a text value
	document    text   not null, -- title and number of the paper
	place       text   not null, -- where it was cleared or issued
	valid_until bigint not null, -- yyyymmdd, last day on which it counts; 0: without end
	matter      text   not null, -- '' where an office filed it itself
	filed_org   text   not null, -- '' is an office
	filed_by    text   not null,
	reviewed_by text   not null,
	reviewed_at bigint not null, -- microseconds UTC
	state       bigint not null, -- 1 accepted, 2 replaced, 3 withdrawn
	other       text   not null, -- what replaced it
	reason      text   not null,
	changed_at  bigint not null
);
create index fact_evidence_by_subject on fact_evidence (kind, subject, state);
create index fact_evidence_by_kind on fact_evidence (kind, state, fact);

-- What became of evidence, one line an act.
create table fact_evidence_history (
	id     text   not null, -- evidence
	number bigint not null,
	at     bigint not null,
	actor  text   not null,
	state  bigint not null, -- after it
	reason text   not null,
	primary key (id, number)
);

-- Consent: an enterprise lets an organisation see its figures.
create table fact_consents (
	id           text   not null primary key,
	enterprise   text   not null, -- customs code
	org          text   not null, -- who may see
	purpose      text   not null,
	from_day     bigint not null, -- yyyymmdd
	until_day    bigint not null, -- yyyymmdd, included
	given_by     text   not null,
	given_at     bigint not null,
	withdrawn_by text   not null,
	withdrawn_at bigint not null, -- 0: it stands
	reason       text   not null
);
create index fact_consents_by_enterprise on fact_consents (enterprise, org);
create index fact_consents_by_org on fact_consents (org);

-- Every look of others at an enterprise's figures.
create table fact_looks (
	id         text   not null primary key, -- hexadecimal time and random number
	enterprise text   not null,
	org        text   not null, -- of who looked; '' is none
	actor      text   not null,
	role       text   not null, -- office or consent
	year       bigint not null,
	consent    text   not null, -- under which; '' is an office's right
	at         bigint not null
);
create index fact_looks_by_enterprise on fact_looks (enterprise, at);

-- In which county an enterprise counts, and since when.
create table fact_places (
	enterprise text   not null, -- customs code
	number     bigint not null,
	county     text   not null, -- division code, six digits; '' is unknown again
	from_day   bigint not null, -- yyyymmdd
	actor      text   not null,
	at         bigint not null,
	note       text   not null,
	primary key (enterprise, number)
);
