-- One row a parcel: what the newest decisions say of it.
create table parcels (
	number     bigint not null primary key,
	key        bytea  not null, -- keyed hash of the order's natural number
	direction  text   not null, -- I, E
	mode       text   not null, -- tradeMode; '' until the list was decided
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
	day        bigint not null, -- Beijing day of the first list, yyyymmdd
	dutiable   bigint not null, -- fen
	tax        bigint not null, -- fen
	decision   bigint not null, -- number of the newest decision
	updated    bigint not null  -- its time, microseconds UTC
)
-- only sqlite
without rowid
-- end
;

create index parcels_by_state on parcels (state, number);

-- The parcels in which an enterprise has, or once had, a part.
create table parties (
	party  text   not null,
	number bigint not null,
	primary key (party, number)
)
-- only sqlite
without rowid
-- end
;

-- The parcel numbers that the first lists of a Beijing day got.
create table days (
	day   bigint not null primary key,
	first bigint not null,
	last  bigint not null
);

-- From a number or a parcel's key to decisions. An era holds the traces of
-- about a million decisions, so that writing touches few pages however many
-- parcels there are.
create table traces (
	era  bigint not null,
	hash bigint not null,
	seq  bigint not null, -- first decision
	more bytea  not null, -- the others: distances, as unsigned varints
	primary key (era, hash, seq)
)
-- only sqlite
without rowid
-- end
;

create table eras (
	era bigint not null primary key
);

-- The decisions that have receipts for an enterprise.
create table receipts (
	party text   not null,
	last  bigint not null, -- last decision of the row
	first bigint not null, -- first decision of the row
	more  bytea  not null, -- the decisions after the first: distances, as unsigned varints
	primary key (party, last)
)
-- only sqlite
without rowid
-- end
;
