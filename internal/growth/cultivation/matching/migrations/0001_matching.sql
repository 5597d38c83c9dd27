-- Demands and offers, introductions between them, meetings and deals.
create table matching_listings (
    id           bigint not null primary key,
    side         text   not null, -- demand, offer
    party        text   not null,
    title        text   not null,
    hs           text   not null, -- 2 to 10 digits
    quantity     bigint not null, -- of the unit: wanted, or what can be delivered
    unit         text   not null,
    price_from   bigint not null, -- fen a unit; 0 not said
    price_to     bigint not null,
    certificates text   not null, -- names with spaces between, sorted
    country      text   not null, -- customs code of the destination; '' any
    delivery     bigint not null, -- yyyymmdd: wanted by, or ready from; 0 not said
    county       text   not null, -- division code
    belt         text   not null, -- industrial belt; '' none
    until        bigint not null, -- yyyymmdd, last day
    state        text   not null, -- open, closed
    contact      bytea  not null  -- sealed, bound to the id
);
create index matching_listings_by_side on matching_listings (side, state, id);
create index matching_listings_by_party on matching_listings (party, id);

create table matching_introductions (
    id          bigint not null primary key,
    demand      bigint not null references matching_listings (id),
    offer       bigint not null references matching_listings (id),
    buyer       text   not null, -- party of the demand
    seller      text   not null, -- party of the offer
    state       text   not null, -- proposed, agreed, declined, dealt
    buyer_yes   boolean not null,
    seller_yes  boolean not null,
    score       text   not null, -- points and reasons, JSON
    proposed    bigint not null, -- µs UTC
    agreed      bigint not null, -- yyyymmdd; 0 not yet
    unique (demand, offer)
);
create index matching_introductions_by_buyer on matching_introductions (buyer, id);
create index matching_introductions_by_seller on matching_introductions (seller, id);

create table matching_meetings (
    introduction bigint not null references matching_introductions (id),
    number       bigint not null,
    day          bigint not null, -- yyyymmdd
    place        text   not null,
    minutes      bytea  not null, -- sealed, bound to introduction and number
    primary key (introduction, number)
);

create table matching_deals (
    introduction bigint  not null references matching_introductions (id),
    number       bigint  not null,
    value        bigint  not null, -- fen
    day          bigint  not null, -- yyyymmdd on which it was signed
    buyer_yes    boolean not null,
    seller_yes   boolean not null,
    primary key (introduction, number)
);
