-- Files of declarations as they came in.
create table declaration_batches (
	id      text   not null primary key,
	name    text   not null, -- of the file
	org     text   not null, -- who filed it; '' is an office
	actor   text   not null,
	at      bigint not null, -- microseconds UTC
	lines   bigint not null, -- rows
	value   bigint not null, -- fen
	state   bigint not null, -- 1 being read, 2 waits for review, 3 counts, 4 refused, 5 withdrawn
	matter  text   not null, -- in which it is reviewed; '' none
	decided bigint not null, -- microseconds UTC; 0: not
	decider text   not null
);
create index declaration_batches_by_org on declaration_batches (org, at);

-- Declarations of the national Single Window, every version that came in.
create table declaration_rows (
	batch      text   not null references declaration_batches (id),
	line       bigint not null, -- row of the file, from 1
	number     text   not null, -- 报关单号, 18 digits
	kind       text   not null, -- ordinary, record, summary
	day        bigint not null, -- yyyymmdd
	year       bigint not null,
	direction  text   not null, -- I, E
	mode       text   not null, -- 监管方式
	country    text   not null, -- customs' three digits
	enterprise text   not null, -- customs code of consignor or consignee
	value      bigint not null, -- fen
	currency   text   not null, -- customs' three digits
	original   bigint not null, -- in that currency, times 100,000
	status     text   not null, -- declared, released, closed, cancelled
	order_no   text   not null, -- order or booking that it is bound to
	aside      text   not null, -- why it does not count; '': it does
	state      bigint not null, -- 0 not yet, 1 in force, 2 replaced
	primary key (batch, line)
);
create index declaration_rows_by_number on declaration_rows (number, state);
create index declaration_rows_by_enterprise on declaration_rows (enterprise, state, year);
