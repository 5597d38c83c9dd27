-- What parcels are searched and counted by: for every value of every facet the
-- parcel numbers that have it, as sets of 65,536 numbers each. The index is
-- derived: what there was is thrown away and built anew from the first decision.
delete from feed_cursors where consumer = 'lookup';
drop table parties;
drop index parcels_by_state;
delete from traces;
delete from eras;
delete from receipts;
drop table days;
drop table parcels;

-- One row a parcel: what the newest decisions say of it.
create table parcels (
	number     bigint not null primary key,
	key        bytea  not null, -- keyed hash of the order's natural number
	direction  text   not null, -- I, E
	mode       text   not null, -- tradeMode
	state      bigint not null,
	status     bigint not null, -- newest receipt status of the list
	order_no   text   not null,
	invt_no    text   not null,
	pre_no     text   not null,
	waybill_no text   not null,
	cop_no     text   not null,
	merchant   text   not null,
	platform   text   not null,
	agent      text   not null,
	carrier    text   not null,
	guarantor  text   not null,
	customs    text   not null,
	country    text   not null, -- customs' three digits: of an export that of the list, of an import the main goods' origin
	goods      text   not null, -- HS heading of its most valuable line, four digits; '' until decided
	reasons    text   not null, -- codes of its newest status, a space between
	day        bigint not null, -- Beijing day of the first list, yyyymmdd
	value      bigint not null, -- fen
	dutiable   bigint not null, -- fen
	tax        bigint not null, -- fen
	declared   bigint not null, -- when the first list came, microseconds UTC
	released   bigint not null, -- when it was released, microseconds UTC; 0: it is not
	decision   bigint not null, -- number of the newest decision
	updated    bigint not null  -- its time, microseconds UTC
)
-- only sqlite
without rowid
-- end
;

-- The parcels that have a value of a facet, by chunks of 65,536 numbers.
create table postings (
	chunk bigint not null, -- number >> 16
	facet bigint not null,
	value text   not null,
	n     bigint not null, -- how many
	bits  bytea  not null, -- which: array, bitmap or runs
	primary key (chunk, facet, value)
)
-- only sqlite
without rowid
-- end
;

create index postings_of on postings (facet, value, chunk, n);

-- only postgres
alter table postings alter column bits set storage external;
-- end

-- The value of parcels in fen, by blocks of 4,096 numbers, five bytes each.
create table amounts (
	block bigint not null primary key, -- number >> 12
	data  bytea  not null
);

-- only postgres
alter table amounts alter column data set storage external;
-- end

-- Documents that were refused, whether or not they became a parcel.
create table refusals (
	seq     bigint not null primary key, -- decision
	at      bigint not null, -- microseconds UTC
	day     bigint not null, -- Beijing day, yyyymmdd
	kind    bigint not null, -- of the document, 621 for CEB621
	party   text   not null, -- who sent it
	subject text   not null, -- its number
	parcel  bigint not null, -- 0: it belongs to none
	reasons text   not null  -- codes, a space between
);

-- Refused documents by sender and code; each may be '' for any.
create table refusal_keys (
	party  text   not null,
	reason text   not null,
	day    bigint not null,
	seq    bigint not null,
	primary key (party, reason, day, seq)
)
-- only sqlite
without rowid
-- end
;
