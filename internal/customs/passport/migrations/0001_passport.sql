-- Each use of an identity by a list of this zone. person is a keyed hash of the
-- identity number; no name, number or address is here.
create table passport_uses (
	person   bytea   not null,
	parcel   bigint  not null,
	at       bigint  not null, -- of the list's version that named the person, µs UTC
	day      bigint  not null, -- its Beijing day, yyyymmdd
	order_no text    not null,
	invt_no  text    not null,
	platform text    not null,
	merchant text    not null,
	goods    text    not null, -- names of the first goods, once the list is decided
	amount   bigint  not null, -- dutiable value, fen
	tax      bigint  not null, -- fen
	reserved bigint  not null, -- on the person's allowance of the year, fen
	charged  bigint  not null,
	state    bigint  not null, -- clearance.State
	standing boolean not null, -- false: a later version of the list names somebody else
	dispute  bigint  not null, -- 0 none, 1 open, 2 upheld, 3 dismissed, 4 withdrawn
	matter   text    not null, -- of the dispute
	primary key (person, parcel)
);
create index passport_uses_parcel on passport_uses (parcel);

-- Consumers who have proved who they are. The address is sealed.
create table passport_holders (
	person  bytea  not null primary key,
	since   bigint not null,
	frozen  bigint not null, -- µs UTC; 0: not frozen
	address bytea  not null  -- of mail; empty: none
);

-- What a holder was told.
create table passport_notices (
	person bytea  not null,
	parcel bigint not null,
	kind   bigint not null, -- 1 used, 2 held, 3 dispute upheld, 4 dispute dismissed
	at     bigint not null,
	primary key (person, parcel, kind)
);
create index passport_notices_order on passport_notices (person, at, parcel, kind);

-- Disputes of uses, each carried by a matter.
create table passport_disputes (
	matter bigint not null primary key, -- its serial
	number text   not null,
	person bytea  not null,
	parcel bigint not null,
	state  bigint not null, -- as passport_uses.dispute
	opened bigint not null,
	closed bigint not null  -- 0 while it is open
);
create index passport_disputes_number on passport_disputes (number);
create index passport_disputes_use on passport_disputes (person, parcel);
