-- One row a bill (电子税单): the tax of a list as it was decided. Until the list
-- is released the row is an assessment and no bill yet (status 0).
create table tax_bills (
	decision   bigint not null primary key, -- of the list, with the working of the tax
	tax_no     text   not null unique,
	parcel     bigint not null,
	invt_no    text   not null,
	order_no   text   not null,
	customs    text   not null,
	guarantor  text   not null,
	merchant   text   not null,
	carrier    text   not null,
	agent      text   not null,
	dutiable   bigint not null, -- fen, as all amounts
	duty       bigint not null,
	vat        bigint not null,
	ct         bigint not null,
	secured    bigint not null, -- drawn on the guarantor's security
	lines      bytea  not null,
	status     bigint not null, -- 0 assessed, 1 generated, 2 summarised, 3 void
	released   bigint not null, -- Beijing day, 0 before
	pay_first  bigint not null, -- first and last day of payment
	pay_last   bigint not null,
	duty_no    text   not null, -- payment document it is summed in
	updated    bigint not null  -- microseconds UTC
);

create index tax_bills_by_parcel on tax_bills (parcel);
create index tax_bills_by_term on tax_bills (status, pay_first);
create index tax_bills_by_document on tax_bills (duty_no);

-- Everything that became of bills, each a message to the enterprises concerned
-- (CEB816 for status 1, CEB818 else), numbered as in the stream "taxbill".
create table tax_notices (
	seq      bigint not null primary key,
	decision bigint not null,
	status   bigint not null,
	duty_no  text   not null,
	at       bigint not null
);

create index tax_notices_by_bill on tax_notices (decision, seq);

create table tax_notice_parties (
	party text   not null,
	seq   bigint not null,
	primary key (party, seq)
)
-- only sqlite
without rowid
-- end
;

create table tax_bill_parties (
	party    text   not null,
	decision bigint not null,
	primary key (party, decision)
)
-- only sqlite
without rowid
-- end
;

-- Payment documents (缴款书): the bills of one guarantor in one district that fell due.
create table tax_documents (
	duty_no   text   not null primary key,
	guarantor text   not null,
	customs   text   not null,
	day       bigint not null, -- when it was made
	pay_last  bigint not null, -- last day of payment: the earliest of its bills'
	amount    bigint not null, -- of the bills that still stand
	secured   bigint not null,
	bills     bigint not null,
	paid_day  bigint not null, -- 0: not paid
	paid      bigint not null, -- amount paid
	reference text   not null  -- of the payment
);

create index tax_documents_by_term on tax_documents (paid_day, pay_last);
