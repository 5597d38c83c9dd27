-- What was reached of a target, one row a month: as it was seen then.
create table plan_progress (
	plan   text   not null,
	target text   not null,
	place  text   not null, -- division code of a county; '' is the zone
	month  bigint not null, -- yyyymm, Beijing
	at     bigint not null, -- microseconds UTC of the last look in that month
	known  boolean not null,
	type   text   not null, -- int, money; '' if not known
	amount bigint not null, -- number or fen
	state  text   not null,
	primary key (plan, target, place, month)
);

-- Reports on tasks by departments; never changed, the last one counts.
create table plan_reports (
	plan    text   not null,
	task    text   not null,
	number  bigint not null,
	at      bigint not null,
	actor   text   not null,
	org     text   not null,
	state   text   not null, -- planned, working, done, stopped
	percent bigint not null, -- 0 to 100
	note    text   not null,
	primary key (plan, task, number)
);

-- Assessments by score card. body is the card and the setting by value.
create table plan_assessments (
	id       text   not null primary key, -- CARD-YEAR
	card     text   not null,
	year     bigint not null,
	subject  text   not null, -- county, park, zone
	plan     text   not null, -- whose targets count in it; '' for none
	state    text   not null, -- scored, reviewed, published, final, withdrawn
	revision bigint not null,
	scored   bigint not null, -- microseconds UTC
	scorer   text   not null, -- account
	reviewer text   not null,
	until    bigint not null, -- yyyymmdd, last day for objections; 0: not published
	fund     bigint not null, -- fen; 0: none shared
	floor    bigint not null, -- thousandths of the fund that each gets at least
	body     bytea  not null  -- JSON
);

-- Results of an assessment, by value.
create table plan_results (
	assessment text   not null references plan_assessments (id),
	place      text   not null,
	points     bigint not null, -- thousandths
	rank       bigint not null, -- from 1; the same points have the same rank
	share      bigint not null, -- fen of the fund
	body       bytea  not null, -- JSON: title, result, figures
	primary key (assessment, place)
);

-- Objections to results.
create table plan_objections (
	assessment text   not null references plan_assessments (id),
	number     bigint not null,
	place      text   not null,
	at         bigint not null,
	actor      text   not null,
	org        text   not null,
	words      text   not null,
	state      text   not null, -- open, upheld, dismissed
	answer     text   not null,
	answered   bigint not null,
	answerer   text   not null,
	primary key (assessment, number)
);

-- What was done with an assessment, one line an act.
create table plan_acts (
	assessment text   not null references plan_assessments (id),
	number     bigint not null,
	at         bigint not null,
	actor      text   not null,
	org        text   not null,
	act        text   not null,
	note       text   not null,
	primary key (assessment, number)
);
