-- Counters that give deliveries, notices and mails their numbers.
create table notify_numbers (
	name text   not null primary key,
	last bigint not null
);

-- Where an organisation wants its events to be sent (webhook 推送地址).
create table notify_endpoints (
	id          text    not null primary key,
	owner       text    not null, -- organisation, or the program that made it
	url         text    not null,
	note        text    not null,
	types       text    not null, -- separated by spaces; none: all
	secret      bytea   not null, -- sealed
	older       bytea   not null, -- the secret before the rotation, sealed; empty: none
	older_until bigint  not null, -- microseconds UTC, as all times
	active      boolean not null,
	reason      text    not null, -- why it is not active
	made        bigint  not null,
	made_by     text    not null,
	changed     bigint  not null,
	revision    bigint  not null,
	failures    bigint  not null, -- in a row
	rest_until  bigint  not null  -- after failures in a row
);

create index notify_endpoints_by_owner on notify_endpoints (owner, id);

-- Of which enterprises an endpoint gets the events; * is all of the zone.
create table notify_endpoint_codes (
	endpoint text not null references notify_endpoints (id),
	code     text not null,
	primary key (endpoint, code)
);

-- Events that some endpoint gets. The body is what is sent.
create table notify_events (
	id   text   not null primary key,
	type text   not null,
	at   bigint not null,
	body bytea  not null
);

create table notify_deliveries (
	id       bigint not null primary key,
	endpoint text   not null references notify_endpoints (id),
	event    text   not null references notify_events (id),
	party    text   not null, -- the enterprise for whose part it is sent
	ordering text   not null, -- deliveries of one endpoint with the same come one after the other
	state    bigint not null, -- 0 waiting, 1 delivered, 2 dead, 3 cancelled
	attempts bigint not null, -- since it was made or replayed
	due      bigint not null,
	made     bigint not null,
	done     bigint not null,
	status   bigint not null, -- of HTTP, of the last attempt
	error    text   not null,
	unique (endpoint, event)
);

create index notify_deliveries_by_state on notify_deliveries (state, due);
create index notify_deliveries_by_endpoint on notify_deliveries (endpoint, state, id);
create index notify_deliveries_by_order on notify_deliveries (endpoint, ordering, state, id);
create index notify_deliveries_by_event on notify_deliveries (event);

create table notify_attempts (
	delivery bigint not null references notify_deliveries (id),
	number   bigint not null,
	at       bigint not null,
	took     bigint not null, -- microseconds
	status   bigint not null,
	error    text   not null,
	response bytea  not null, -- its beginning, sealed
	primary key (delivery, number)
);

-- The bell (站内通知): what a person or an organisation should look at.
create table notify_notices (
	id        bigint not null primary key,
	recipient text   not null, -- person:ID, org:ID or code:ENTERPRISE
	fold      text   not null, -- unread ones with the same are one
	type      text   not null,
	zh        text   not null,
	en        text   not null,
	link      text   not null,
	count     bigint not null, -- how many were folded into it
	at        bigint not null,
	unique (recipient, fold)
);

create index notify_notices_by_recipient on notify_notices (recipient, id);
create index notify_notices_by_time on notify_notices (at);

create table notify_seen (
	person text   not null,
	notice bigint not null,
	primary key (person, notice)
);

-- Up to which notice a person has read all.
create table notify_read (
	person text   not null primary key,
	upto   bigint not null
);

create table notify_mails (
	id        bigint not null primary key,
	key       text   not null unique, -- the same letter is sent once
	recipient bytea  not null, -- sealed
	body      bytea  not null, -- subject and text, sealed
	state     bigint not null, -- as of deliveries
	attempts  bigint not null,
	due       bigint not null,
	made      bigint not null,
	done      bigint not null,
	error     text   not null
);

create index notify_mails_by_state on notify_mails (state, due);
